package io.pgsidecar.agent.command;

import com.fasterxml.jackson.databind.JsonNode;
import io.pgsidecar.agent.ExitCode;
import io.pgsidecar.agent.config.AgentConfig;
import io.pgsidecar.agent.config.ConfigException;
import io.pgsidecar.agent.wal.Words;
import io.pgsidecar.archive.backup.BackupException;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code pgsidecar backup now}: has the agent take a base backup, and watches it. */
@Command(
        name = "now",
        mixinStandardHelpOptions = true,
        description = {
            "Has the agent take a base backup into every repository, and waits until it is proven to be restorable.",
            "Exits with 0 if it is; with 49 if it is but pages of the data directory are damaged; else with 1, 40, 45,"
                    + " 47, 48, 50 or 51 (docs/backup.md). Interrupted, it leaves the agent at work."
        })
final class BackupNowCommand implements Callable<Integer> {

    private static final Duration TIMEOUT = Duration.ofSeconds(20);
    private static final Duration POLL = Duration.ofMillis(200);

    private final Map<String, String> environment;

    @Mixin
    private final ConfigFile configFile = new ConfigFile();

    @Mixin
    private final OutputFormat output = new OutputFormat();

    @Option(names = "--no-wait", description = "Only begins it; pgsidecar status and backup list tell how it goes.")
    private boolean noWait;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    BackupNowCommand(Map<String, String> environment) {
        this.environment = environment;
    }

    @Override
    public Integer call() throws ConfigException, InterruptedException {
        AgentConfig config = configFile.load(environment).config();
        ControlClient agent = new ControlClient(config.control().socket(), TIMEOUT);
        try {
            ControlClient.Answer begun = agent.ask("POST", "/v1/backup/start");
            if (begun.status() != 202) {
                return failed(begun.json(), begun.status() == 409 ? ExitCode.BUSY : ExitCode.STOPPING);
            }
            return noWait
                    ? ExitCode.OK.code()
                    : ended(watch(agent, begun.json().path("run").asLong()));
        } catch (IOException e) {
            PrintWriter err = spec.commandLine().getErr();
            err.println("pgsidecar: " + e.getMessage());
            err.println("hint: A backup is taken by the running agent (pgsidecar run), with the same control.socket.");
            return ExitCode.NO_AGENT.code();
        }
    }

    private static JsonNode watch(ControlClient agent, long run) throws IOException, InterruptedException {
        try (BackupWatch watch = BackupWatch.onTerminal()) {
            while (true) {
                JsonNode backup = agent.ask("GET", "/v1/backup").json().path("backup");
                if (backup.path("run").asLong() != run) {
                    throw new IOException("the agent was started again, and its backup is lost");
                }
                if (!backup.path("state").asText().equals("running")) {
                    return backup;
                }
                watch.show(backup);
                Thread.sleep(POLL);
            }
        }
    }

    private int ended(JsonNode backup) {
        PrintWriter out = spec.commandLine().getOut();
        boolean done = backup.path("state").asText().equals("done");
        if (output.format() == OutputFormat.Format.JSON) {
            out.println(backup.toPrettyString());
            out.flush();
        }
        if (!done) {
            return failed(backup, ExitCode.of(reason(backup)));
        }
        long damaged = backup.path("damagedPages").asLong();
        if (output.format() == OutputFormat.Format.TABLE) {
            out.printf(
                    Locale.ROOT,
                    "Backup %s is done: %,d files, %s, stored as %s in %.1f s; WAL %s to %s.%n",
                    backup.path("backup").asText(),
                    backup.path("files").asLong(),
                    Words.size(backup.path("bytesDone").asLong()),
                    Words.size(backup.path("storedBytes").asLong()),
                    backup.path("seconds").asDouble(),
                    backup.path("beginWal").asText(),
                    backup.path("endWal").asText());
            backup.path("without")
                    .forEach(name -> out.printf(
                            "WARNING: the optional repository \"%s\" does not have it; the agent's log says why.%n",
                            name.asText()));
        }
        out.flush();
        if (damaged > 0) {
            spec.commandLine()
                    .getErr()
                    .printf(
                            "pgsidecar: the checksums of %d pages are wrong: the data directory is damaged.%n"
                                    + "hint: The agent's log names them. Keep the backups from before: pgsidecar backup keep.%n",
                            damaged);
            return ExitCode.CORRUPT.code();
        }
        return ExitCode.OK.code();
    }

    private static BackupException.Reason reason(JsonNode backup) {
        String word = backup.path("reason").asText().toUpperCase(Locale.ROOT).replace('-', '_');
        for (BackupException.Reason reason : BackupException.Reason.values()) {
            if (reason.name().equals(word)) {
                return reason;
            }
        }
        return BackupException.Reason.FAILED;
    }

    private int failed(JsonNode answer, ExitCode code) {
        PrintWriter err = spec.commandLine().getErr();
        err.println("pgsidecar: " + answer.path("error").asText("the agent refused, and gave no reason"));
        if (answer.path("hint").isTextual()) {
            err.println("hint: " + answer.path("hint").asText());
        }
        err.flush();
        return code.code();
    }
}
