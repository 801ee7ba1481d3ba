package io.pgsidecar.agent.command;

import com.fasterxml.jackson.databind.node.ArrayNode;
import io.pgsidecar.agent.ExitCode;
import io.pgsidecar.agent.Repositories;
import io.pgsidecar.agent.config.AgentConfig;
import io.pgsidecar.agent.config.ConfigException;
import io.pgsidecar.agent.wal.RepositoryFindings;
import io.pgsidecar.agent.wal.Verdict;
import io.pgsidecar.agent.wal.WalFinding;
import io.pgsidecar.agent.wal.WalJson;
import io.pgsidecar.agent.wal.WalTables;
import io.pgsidecar.archive.wal.WalException;
import io.pgsidecar.archive.wal.WalInspector;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code pgsidecar wal list}: what each repository has, as ranges. */
@Command(
        name = "list",
        mixinStandardHelpOptions = true,
        description = {
            "Lists the WAL in each repository: ranges for each timeline, sizes, when they were stored.",
            "Exits with 0 if each repository could be listed, else with 1, 45, 47, 48 or 49 (docs/wal.md)."
        })
final class WalListCommand implements Callable<Integer> {

    private final Map<String, String> environment;

    @Mixin
    private final WalSelection selection = new WalSelection();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    WalListCommand(Map<String, String> environment) {
        this.environment = environment;
    }

    @Override
    public Integer call() throws ConfigException, IOException {
        AgentConfig config = selection.config(environment);
        List<RepositoryFindings> found = new ArrayList<>();
        try (Repositories repositories = Repositories.open(config)) {
            for (Repositories.Open repository : selection.of(repositories)) {
                found.add(look(repository));
            }
        }
        PrintWriter out = spec.commandLine().getOut();
        switch (selection.output()) {
            case TABLE -> found.forEach(repository -> WalTables.list(repository, out));
            case JSON -> {
                ArrayNode json = WalJson.array();
                found.forEach(repository -> WalJson.list(repository, json));
                out.println(json.toPrettyString());
            }
        }
        out.flush();
        return exit(found).code();
    }

    static RepositoryFindings look(Repositories.Open repository) {
        try {
            return RepositoryFindings.listed(repository.name(), new WalInspector(repository.wal()).survey());
        } catch (WalException e) {
            return RepositoryFindings.failed(repository.name(), e);
        }
    }

    private static ExitCode exit(List<RepositoryFindings> found) {
        List<WalFinding> errors = new ArrayList<>();
        for (RepositoryFindings repository : found) {
            if (repository.error().isPresent()) {
                errors.addAll(Verdict.of(repository, found, Instant.now(), Duration.ZERO));
            }
        }
        return Verdict.worst(errors).exit();
    }
}
