package io.pgsidecar.agent.command;

import io.pgsidecar.agent.ExitCode;
import io.pgsidecar.agent.RefusedException;
import io.pgsidecar.agent.Repositories;
import io.pgsidecar.agent.bootstrap.Bootstrap;
import io.pgsidecar.agent.config.AgentConfig;
import io.pgsidecar.agent.config.ConfigException;
import io.pgsidecar.archive.backup.BackupException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code pgsidecar bootstrap}: makes the data directory ready, as an init container before PostgreSQL. */
@Command(
        name = "bootstrap",
        mixinStandardHelpOptions = true,
        description = {
            "Makes PGDATA ready before PostgreSQL starts, or says why it must not: leaves it to initdb, builds it from a"
                    + " backup, checks that it still fits the cluster, makes an old primary a replica. Needs no running"
                    + " agent. Removes nothing unless it is told to.",
            "Exits with 0 if PostgreSQL may start; with 52 if the directory has left the cluster's timeline, 53 if there"
                    + " is no backup yet, 54 if it is half made or damaged, 55 if another primary cannot be ruled out, 56"
                    + " if one has taken its place; else with 1, 43, 45, 47, 48, 49 or 50."
        })
public final class BootstrapCommand implements Callable<Integer> {

    private final Map<String, String> environment;

    @Mixin
    private final ConfigFile configFile = new ConfigFile();

    @Option(
            names = "--install-shim",
            paramLabel = "DIR",
            description = "Also copies pgsidecar-wal there, for PostgreSQL to call.")
    private @Nullable Path shimFolder;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    public BootstrapCommand(Map<String, String> environment) {
        this.environment = environment;
    }

    @Override
    public Integer call() throws ConfigException, RefusedException, BackupException, IOException, InterruptedException {
        AgentConfig config = configFile.load(environment).config();
        PrintWriter out = spec.commandLine().getOut();
        if (shimFolder != null) {
            ShimProgram.installed().install(shimFolder);
            out.println("bootstrap: pgsidecar-wal is in " + shimFolder);
        }
        try (Repositories repositories = Repositories.open(config);
                ByteWatch watch = ByteWatch.onTerminal("restoring")) {
            new Bootstrap(
                            config,
                            repositories,
                            environment,
                            RestoreText.restoreCommand(config.control().socket()),
                            watch,
                            line -> {
                                out.println("bootstrap: " + line);
                                out.flush();
                            })
                    .run();
            return ExitCode.OK.code();
        }
    }
}
