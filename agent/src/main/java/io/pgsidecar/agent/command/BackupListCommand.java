package io.pgsidecar.agent.command;

import io.pgsidecar.agent.ExitCode;
import io.pgsidecar.agent.Repositories;
import io.pgsidecar.agent.backup.BackupJson;
import io.pgsidecar.agent.backup.BackupTables;
import io.pgsidecar.agent.backup.ListedBackups;
import io.pgsidecar.agent.config.AgentConfig;
import io.pgsidecar.agent.config.ConfigException;
import io.pgsidecar.archive.backup.BackupException;
import io.pgsidecar.archive.backup.BackupId;
import io.pgsidecar.archive.backup.CatalogEntry;
import io.pgsidecar.archive.backup.VerifyReport;
import io.pgsidecar.archive.wal.WalException;
import io.pgsidecar.archive.wal.WalInspector;
import io.pgsidecar.archive.wal.WalSurvey;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code pgsidecar backup list}: the backups in each repository. */
@Command(
        name = "list",
        mixinStandardHelpOptions = true,
        description = {
            "Lists the base backups in each repository, whoever took them, oldest first.",
            "Exits with 0 if each repository could be listed, else with 1, 47 or 48."
        })
final class BackupListCommand implements Callable<Integer> {

    private final Map<String, String> environment;

    @Mixin
    private final WalSelection selection = new WalSelection();

    @Option(
            names = "--no-window",
            description = "Does not list the WAL to tell how far each backup leads, which takes long if there is much.")
    private boolean noWindow;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    BackupListCommand(Map<String, String> environment) {
        this.environment = environment;
    }

    @Override
    public Integer call() throws ConfigException, IOException, InterruptedException {
        AgentConfig config = selection.config(environment);
        Instant now = Instant.now();
        List<ListedBackups> found = new ArrayList<>();
        try (Repositories repositories = Repositories.open(config)) {
            for (Repositories.Open repository : selection.of(repositories)) {
                found.add(look(repository, now));
            }
        }
        PrintWriter out = spec.commandLine().getOut();
        switch (selection.output()) {
            case TABLE -> found.forEach(listed -> BackupTables.list(listed, now, out));
            case JSON -> out.println(BackupJson.list(found));
        }
        out.flush();
        return found.stream()
                .flatMap(listed -> listed.error().stream())
                .findFirst()
                .map(error -> ExitCode.of(error.reason()))
                .orElse(ExitCode.OK)
                .code();
    }

    private ListedBackups look(Repositories.Open repository, Instant now) throws InterruptedException {
        try {
            List<CatalogEntry> backups = repository.backups().list(now);
            return new ListedBackups(repository.name(), backups, windows(repository, backups), Optional.empty());
        } catch (BackupException e) {
            return new ListedBackups(repository.name(), List.of(), Optional.empty(), Optional.of(e));
        }
    }

    /** Of WAL that cannot be listed nobody can tell how far it leads; the backups are there all the same. */
    private Optional<Map<BackupId, VerifyReport.Window>> windows(
            Repositories.Open repository, List<CatalogEntry> backups) {
        if (noWindow || backups.isEmpty()) {
            return Optional.empty();
        }
        try {
            WalSurvey survey = new WalInspector(repository.wal()).survey();
            Map<BackupId, VerifyReport.Window> windows = new HashMap<>();
            for (CatalogEntry entry : backups) {
                if (entry.state() == CatalogEntry.State.DONE) {
                    entry.info()
                            .flatMap(info -> VerifyReport.Window.of(info, survey))
                            .ifPresent(window -> windows.put(entry.id(), window));
                }
            }
            return Optional.of(windows);
        } catch (WalException e) {
            spec.commandLine().getErr().println("pgsidecar: the recoverable windows are not known: " + e.getMessage());
            return Optional.empty();
        }
    }
}
