package io.pgsidecar.agent.command;

import io.pgsidecar.agent.ExitCode;
import io.pgsidecar.agent.config.ConfigException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code pgsidecar drain}: has the agent send no new clients to the instance. */
@Command(
        name = "drain",
        mixinStandardHelpOptions = true,
        description = {
            "Has the agent take the instance out of service: not ready, no label. It ends when PostgreSQL is started"
                    + " again, or by undrain. As a preStop hook, \"pgsidecar-wal drain\" does the same.",
            "Exits with 0 when it is done, with 40 if no agent answers."
        })
public final class DrainCommand implements Callable<Integer> {

    private static final Duration TIMEOUT = Duration.ofSeconds(90);

    private final Map<String, String> environment;

    @Mixin
    private final ConfigFile configFile = new ConfigFile();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    public DrainCommand(Map<String, String> environment) {
        this.environment = environment;
    }

    @Override
    public Integer call() throws ConfigException, NoAgentException, InterruptedException {
        Path socket = configFile.load(environment).config().control().socket();
        PrintWriter err = spec.commandLine().getErr();
        ControlClient.Text answer = new ControlClient(socket, TIMEOUT).text("POST", "/v1/drain");
        if (answer.status() != 200) {
            err.println("pgsidecar: " + answer.body().strip());
            return ExitCode.AGENT_FAILED.code();
        }
        String warning = answer.body().strip();
        if (!warning.isEmpty()) {
            err.println("pgsidecar: " + warning);
        }
        PrintWriter out = spec.commandLine().getOut();
        out.println("Drained: no new clients until PostgreSQL is started again, or \"pgsidecar undrain\".");
        out.flush();
        return ExitCode.OK.code();
    }
}
