package io.pgsidecar.agent.command;

import com.fasterxml.jackson.databind.node.ArrayNode;
import io.pgsidecar.agent.Repositories;
import io.pgsidecar.agent.config.AgentConfig;
import io.pgsidecar.agent.config.ConfigException;
import io.pgsidecar.agent.wal.RepositoryFindings;
import io.pgsidecar.agent.wal.Verdict;
import io.pgsidecar.agent.wal.WalFinding;
import io.pgsidecar.agent.wal.WalJson;
import io.pgsidecar.agent.wal.WalTables;
import io.pgsidecar.archive.wal.DataDirectory;
import io.pgsidecar.archive.wal.LocalWal;
import io.pgsidecar.archive.wal.WalException;
import io.pgsidecar.archive.wal.WalInspector;
import io.pgsidecar.archive.wal.WalTail;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code pgsidecar wal verify}: whether each repository has all the WAL that a recovery needs. */
@Command(
        name = "verify",
        mixinStandardHelpOptions = true,
        description = {
            "Looks for gaps on the way to the latest timeline, for what the server beside it has finished and the"
                    + " repository lacks, and, with --content, for damage.",
            "Exits with 0 if nothing is wrong, 49 if something is damaged, 50 if something is missing, and 1, 45,"
                    + " 47 or 48 if a repository could not be looked at (docs/wal.md)."
        })
final class WalVerifyCommand implements Callable<Integer> {

    private final Map<String, String> environment;

    @Mixin
    private final WalSelection selection = new WalSelection();

    @Option(
            names = "--content",
            description = "Reads every object to its end: decryption, decompression, checksum, and header.")
    private boolean content;

    @Option(
            names = "--max-lag",
            paramLabel = "SECONDS",
            description = "How long a finished file may wait before it counts as missing. Default: 300.")
    private int maxLag = 300;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    WalVerifyCommand(Map<String, String> environment) {
        this.environment = environment;
    }

    @Override
    public Integer call() throws ConfigException, IOException, InterruptedException {
        AgentConfig config = selection.config(environment);
        DataDirectory data = new DataDirectory(config.postgres().data());
        boolean beside = Files.isRegularFile(config.postgres().data().resolve("global/pg_control"));
        List<RepositoryFindings> found = new ArrayList<>();
        try (Repositories repositories = Repositories.open(config)) {
            for (Repositories.Open repository : selection.of(repositories)) {
                found.add(look(repository, data, beside));
            }
        }
        return report(found);
    }

    private RepositoryFindings look(Repositories.Open repository, DataDirectory data, boolean beside)
            throws InterruptedException {
        RepositoryFindings found;
        try {
            // Before the listing: what is archived meanwhile must not look as if it were missing.
            LocalWal local = beside ? LocalWal.read(data) : new LocalWal(List.of());
            WalInspector inspector = new WalInspector(repository.wal());
            if (beside) {
                inspector.requireOf(data.systemIdentifier());
            }
            found = RepositoryFindings.listed(repository.name(), inspector.survey());
            if (beside) {
                found = found.withTail(WalTail.of(
                        found.survey().orElseThrow().inventory(),
                        found.continuity().orElseThrow(),
                        local));
            }
            if (content) {
                try (ReadProgress progress = ReadProgress.onTerminal(repository.name())) {
                    found = found.withContent(
                            inspector.checkContent(found.survey().orElseThrow().systemIdentifier(), progress::show));
                }
            }
        } catch (WalException e) {
            return RepositoryFindings.failed(repository.name(), e);
        }
        return found;
    }

    private int report(List<RepositoryFindings> found) {
        PrintWriter out = spec.commandLine().getOut();
        ArrayNode json = WalJson.array();
        List<WalFinding> all = new ArrayList<>();
        Instant now = Instant.now();
        for (RepositoryFindings repository : found) {
            List<WalFinding> findings = Verdict.of(repository, found, now, Duration.ofSeconds(maxLag));
            all.addAll(findings);
            switch (selection.output()) {
                case TABLE -> WalTables.verdict(repository.name(), findings, out);
                case JSON -> WalJson.verdict(repository, findings, json);
            }
        }
        if (selection.output() == OutputFormat.Format.JSON) {
            out.println(json.toPrettyString());
        }
        out.flush();
        return Verdict.worst(all).exit().code();
    }
}
