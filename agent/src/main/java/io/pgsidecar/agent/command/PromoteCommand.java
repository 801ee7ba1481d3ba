package io.pgsidecar.agent.command;

import com.fasterxml.jackson.databind.JsonNode;
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
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code pgsidecar promote}: has the agent make this replica the primary. */
@Command(
        name = "promote",
        mixinStandardHelpOptions = true,
        description = {
            "Has the agent promote this replica, and waits until it is the primary. For a failover by hand: make sure"
                    + " first that the old primary is stopped.",
            "Exits with 0 if it is the primary now, with 43 if it is no replica, 56 if another pod is labelled primary and"
                    + " ready, 41 if it was not done in time, 40 if no agent answers, else with 1 or 42."
        })
public final class PromoteCommand implements Callable<Integer> {

    private static final int LONGEST = 3600;
    private static final int MARGIN = 20;

    private final Map<String, String> environment;

    @Mixin
    private final ConfigFile configFile = new ConfigFile();

    @Mixin
    private final OutputFormat output = new OutputFormat();

    @Option(names = "--force", description = "Although another pod is labelled primary and ready.")
    private boolean force;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            description = "How long the promotion is waited for, 1 to 3600. Default: 60.")
    private int timeout = 60;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    public PromoteCommand(Map<String, String> environment) {
        this.environment = environment;
    }

    @Override
    public Integer call() throws ConfigException, NoAgentException, InterruptedException {
        if (timeout < 1 || timeout > LONGEST) {
            throw new ParameterException(spec.commandLine(), "--timeout is from 1 to %d seconds".formatted(LONGEST));
        }
        Path socket = configFile.load(environment).config().control().socket();
        PrintWriter err = spec.commandLine().getErr();
        JsonNode answer = new ControlClient(socket, Duration.ofSeconds(timeout + MARGIN))
                .ask("POST", "/v1/promote?force=%s&timeout=%d".formatted(force, timeout))
                .json();
        PrintWriter out = spec.commandLine().getOut();
        if (output.format() == OutputFormat.Format.JSON) {
            out.println(answer.toPrettyString());
            out.flush();
        }
        if (!answer.path("promoted").asBoolean()) {
            err.println("pgsidecar: " + answer.path("error").asText("the agent refused, and gave no reason"));
            String hint = answer.path("hint").asText();
            if (!hint.isEmpty()) {
                err.println("  → " + hint);
            }
            return answer.path("exit").asInt(ExitCode.AGENT_FAILED.code());
        }
        if (output.format() == OutputFormat.Format.TABLE) {
            out.printf(
                    "Promoted: a primary on timeline %d, at %s.%n",
                    answer.path("timeline").asLong(), answer.path("lsn").asText());
            out.flush();
        }
        return ExitCode.OK.code();
    }
}
