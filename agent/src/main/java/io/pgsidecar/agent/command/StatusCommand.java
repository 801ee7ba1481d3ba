package io.pgsidecar.agent.command;

import com.fasterxml.jackson.databind.JsonNode;
import io.pgsidecar.agent.ExitCode;
import io.pgsidecar.agent.config.AgentConfig;
import io.pgsidecar.agent.config.ConfigException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code pgsidecar status}: what the running agent knows, in a few lines. */
@Command(
        name = "status",
        mixinStandardHelpOptions = true,
        description = {
            "Asks the running agent how PostgreSQL, its archive and its backup are.",
            "Exits with 0 if the agent answers, else with 40."
        })
public final class StatusCommand implements Callable<Integer> {

    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final Map<String, String> environment;

    @Mixin
    private final ConfigFile configFile = new ConfigFile();

    @Mixin
    private final OutputFormat output = new OutputFormat();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    public StatusCommand(Map<String, String> environment) {
        this.environment = environment;
    }

    @Override
    public Integer call() throws ConfigException, NoAgentException, InterruptedException {
        AgentConfig config = configFile.load(environment).config();
        JsonNode status = new ControlClient(config.control().socket(), TIMEOUT)
                .ask("GET", "/status")
                .json();
        PrintWriter out = spec.commandLine().getOut();
        switch (output.format()) {
            case JSON -> out.println(status.toPrettyString());
            case TABLE -> print(status, out);
        }
        out.flush();
        return ExitCode.OK.code();
    }

    static void print(JsonNode status, PrintWriter out) {
        JsonNode postgres = status.path("postgres");
        row(
                out,
                "postgres",
                "%s (seen %d ms ago)"
                        .formatted(
                                postgres.path("cause").asText(),
                                postgres.path("ageMs").asLong()));
        for (String command : new String[] {"archive", "restore"}) {
            row(out, command, last(status.path(command)));
        }
        JsonNode backup = status.path("backup");
        if (backup.isObject()) {
            row(out, "backup", backup(backup));
        } else {
            row(out, "backup", "none since the agent's start; pgsidecar backup list shows what there is");
        }
        status.path("optionalRepositories")
                .forEach(lag -> row(
                        out,
                        lag.path("repository").asText(),
                        "optional; %d files missing"
                                .formatted(lag.path("missingFiles").asLong())));
    }

    private static String last(JsonNode activity) {
        JsonNode success = activity.path("lastSuccess");
        JsonNode failure = activity.path("lastFailure");
        String text = success.isObject()
                ? "last %s at %s"
                        .formatted(
                                success.path("file").asText(),
                                success.path("time").asText())
                : "nothing since the agent's start";
        boolean failing = failure.isObject()
                && failure.path("time").asText().compareTo(success.path("time").asText("")) > 0;
        return failing
                ? "%s; FAILING: %s: %s"
                        .formatted(
                                text,
                                failure.path("file").asText(),
                                failure.path("text").asText().replace("\n", "; "))
                : text;
    }

    private static String backup(JsonNode backup) {
        return switch (backup.path("state").asText()) {
            case "running" -> BackupWatch.line(backup);
            case "failed" ->
                "FAILED at %s: %s"
                        .formatted(
                                backup.path("finished").asText(),
                                backup.path("error").asText());
            default ->
                "%s done at %s"
                        .formatted(
                                backup.path("backup").asText(),
                                backup.path("finished").asText());
        };
    }

    private static void row(PrintWriter out, String what, String text) {
        out.printf("%-10s %s%n", what, text);
    }
}
