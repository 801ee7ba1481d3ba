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

/** {@code pgsidecar undrain}: takes a drain back. */
@Command(
        name = "undrain",
        mixinStandardHelpOptions = true,
        description = {
            "Takes a drain back: the instance is ready again, and gets its label.",
            "Exits with 0 when it is done, with 40 if no agent answers."
        })
public final class UndrainCommand implements Callable<Integer> {

    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    private final Map<String, String> environment;

    @Mixin
    private final ConfigFile configFile = new ConfigFile();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    public UndrainCommand(Map<String, String> environment) {
        this.environment = environment;
    }

    @Override
    public Integer call() throws ConfigException, NoAgentException, InterruptedException {
        Path socket = configFile.load(environment).config().control().socket();
        PrintWriter err = spec.commandLine().getErr();
        ControlClient.Answer answer = new ControlClient(socket, TIMEOUT).ask("POST", "/v1/undrain");
        if (answer.status() != 200) {
            err.println("pgsidecar: the agent refused");
            return ExitCode.AGENT_FAILED.code();
        }
        PrintWriter out = spec.commandLine().getOut();
        out.println(
                answer.json().path("wasDraining").asBoolean()
                        ? "Undrained: clients may come again."
                        : "It was not draining.");
        out.flush();
        return ExitCode.OK.code();
    }
}
