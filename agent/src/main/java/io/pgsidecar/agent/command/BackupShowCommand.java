package io.pgsidecar.agent.command;

import io.pgsidecar.agent.ExitCode;
import io.pgsidecar.agent.Repositories;
import io.pgsidecar.agent.backup.BackupJson;
import io.pgsidecar.agent.backup.BackupTables;
import io.pgsidecar.archive.backup.CatalogEntry;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code pgsidecar backup show}: all that is known of one backup. */
@Command(name = "show", mixinStandardHelpOptions = true, description = "Shows all that is known of a base backup.")
final class BackupShowCommand implements Callable<Integer> {

    private final Map<String, String> environment;

    @Mixin
    private final OneRepository choice = new OneRepository();

    @Parameters(paramLabel = "ID", description = "The backup, or latest: the last one that is good.")
    private String id = "";

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    BackupShowCommand(Map<String, String> environment) {
        this.environment = environment;
    }

    @Override
    public Integer call() throws Exception {
        try (Repositories repositories = Repositories.open(choice.config(environment))) {
            Repositories.Open repository = choice.of(repositories);
            CatalogEntry entry = repository.backups().find(id);
            PrintWriter out = spec.commandLine().getOut();
            switch (choice.output()) {
                case TABLE -> BackupTables.show(repository.name(), entry, Instant.now(), out);
                case JSON -> out.println(BackupJson.show(repository.name(), entry));
            }
            out.flush();
        }
        return ExitCode.OK.code();
    }
}
