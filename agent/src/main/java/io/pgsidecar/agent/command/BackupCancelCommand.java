package io.pgsidecar.agent.command;

import io.pgsidecar.agent.ExitCode;
import io.pgsidecar.agent.config.AgentConfig;
import io.pgsidecar.agent.config.ConfigException;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code pgsidecar backup cancel}: has the agent give up the backup that it takes. */
@Command(
        name = "cancel",
        mixinStandardHelpOptions = true,
        description = {
            "Has the agent give up the backup that it is taking: it ends as FAILED soon, and leaves no tars.",
            "Exits with 0 if there was one, with 43 if there was none, with 40 if no agent answers."
        })
final class BackupCancelCommand implements Callable<Integer> {

    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    private final Map<String, String> environment;

    @Mixin
    private final ConfigFile configFile = new ConfigFile();

    @Mixin
    private final OutputFormat output = new OutputFormat();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    BackupCancelCommand(Map<String, String> environment) {
        this.environment = environment;
    }

    @Override
    public Integer call() throws ConfigException, InterruptedException {
        AgentConfig config = configFile.load(environment).config();
        PrintWriter err = spec.commandLine().getErr();
        try {
            ControlClient.Answer answer =
                    new ControlClient(config.control().socket(), TIMEOUT).ask("POST", "/v1/backup/cancel");
            if (answer.status() != 200) {
                err.println(
                        "pgsidecar: " + answer.json().path("error").asText("the agent refused, and gave no reason"));
                return ExitCode.STOPPING.code();
            }
            boolean cancelled = answer.json().path("cancelled").asBoolean();
            PrintWriter out = spec.commandLine().getOut();
            if (output.format() == OutputFormat.Format.JSON) {
                out.println(answer.json().toPrettyString());
                out.flush();
            } else if (cancelled) {
                out.println("The backup is being given up; backup list shows it as FAILED.");
                out.flush();
            }
            if (!cancelled) {
                err.println("pgsidecar: the agent is taking no backup");
                return ExitCode.BAD_REQUEST.code();
            }
            return ExitCode.OK.code();
        } catch (IOException e) {
            err.println("pgsidecar: " + e.getMessage());
            err.println("hint: A backup is taken by the running agent (pgsidecar run), with the same control.socket.");
            return ExitCode.NO_AGENT.code();
        }
    }
}
