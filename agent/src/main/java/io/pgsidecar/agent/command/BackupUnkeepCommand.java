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
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code pgsidecar backup unkeep}: takes the mark away. */
@Command(name = "unkeep", mixinStandardHelpOptions = true, description = "Takes the mark of keep away.")
final class BackupUnkeepCommand implements Callable<Integer> {

    private final Map<String, String> environment;

    @Mixin
    private final OneRepository choice = new OneRepository();

    @Parameters(paramLabel = "ID", description = "The backup, or latest: the last one that is good.")
    private String id = "";

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    BackupUnkeepCommand(Map<String, String> environment) {
        this.environment = environment;
    }

    @Override
    public Integer call() throws Exception {
        try (Repositories repositories = Repositories.open(choice.config(environment))) {
            Repositories.Open repository = choice.of(repositories);
            BackupId backup = repository.backups().find(id).id();
            repository.backups().unkeep(backup);
            PrintWriter out = spec.commandLine().getOut();
            switch (choice.output()) {
                case TABLE ->
                    out.println("Backup %s in repository %s is no longer kept.".formatted(backup, repository.name()));
                case JSON -> out.println(BackupJson.done(repository.name(), backup, "unkept"));
            }
            out.flush();
        }
        return ExitCode.OK.code();
    }
}
