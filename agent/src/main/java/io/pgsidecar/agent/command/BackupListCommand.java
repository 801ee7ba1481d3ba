package io.pgsidecar.agent.command;

import io.pgsidecar.agent.ExitCode;
import io.pgsidecar.agent.Repositories;
import io.pgsidecar.agent.backup.BackupJson;
import io.pgsidecar.agent.backup.BackupTables;
import io.pgsidecar.agent.backup.ListedBackups;
import io.pgsidecar.agent.config.AgentConfig;
import io.pgsidecar.agent.config.ConfigException;
import io.pgsidecar.archive.backup.BackupException;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
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

    private static ListedBackups look(Repositories.Open repository, Instant now) throws InterruptedException {
        try {
            return new ListedBackups(repository.name(), repository.backups().list(now), Optional.empty());
        } catch (BackupException e) {
            return new ListedBackups(repository.name(), List.of(), Optional.of(e));
        }
    }
}
