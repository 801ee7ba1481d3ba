package io.pgsidecar.agent.command;

import io.pgsidecar.agent.ExitCode;
import io.pgsidecar.agent.Repositories;
import io.pgsidecar.agent.backup.BackupJson;
import io.pgsidecar.archive.backup.BackupId;
import java.io.PrintWriter;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code pgsidecar backup delete}: removes a backup. */
@Command(name = "delete", mixinStandardHelpOptions = true, description = "Removes a base backup. The WAL stays.")
final class BackupDeleteCommand implements Callable<Integer> {

    private final Map<String, String> environment;

    @Mixin
    private final OneRepository choice = new OneRepository();

    @Parameters(paramLabel = "ID", description = "The backup.")
    private String id = "";

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    BackupDeleteCommand(Map<String, String> environment) {
        this.environment = environment;
    }

    @Override
    public Integer call() throws Exception {
        try (Repositories repositories = Repositories.open(choice.config(environment))) {
            Repositories.Open repository = choice.of(repositories);
            BackupId backup;
            try {
                // Not "latest": what is removed is to be named.
                backup = new BackupId(id);
            } catch (IllegalArgumentException e) {
                throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
            }
            repository.backups().delete(backup);
            PrintWriter out = spec.commandLine().getOut();
            switch (choice.output()) {
                case TABLE ->
                    out.println("Backup %s is removed from repository %s.".formatted(backup, repository.name()));
                case JSON -> out.println(BackupJson.done(repository.name(), backup, "deleted"));
            }
            out.flush();
        }
        return ExitCode.OK.code();
    }
}
