package io.pgsidecar.agent.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pgsidecar.agent.ExitCode;
import io.pgsidecar.agent.Repositories;
import io.pgsidecar.agent.backup.BackupJson;
import io.pgsidecar.agent.backup.VerifyText;
import io.pgsidecar.agent.config.AgentConfig;
import io.pgsidecar.agent.trial.PostgresPrograms;
import io.pgsidecar.agent.trial.RestoreTrial;
import io.pgsidecar.agent.trial.TrialResult;
import io.pgsidecar.agent.trial.TrialText;
import io.pgsidecar.archive.backup.BackupException;
import io.pgsidecar.archive.backup.BackupVerifier;
import io.pgsidecar.archive.backup.CatalogEntry;
import io.pgsidecar.archive.backup.VerifyReport;
import io.pgsidecar.archive.wal.WalInspector;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code pgsidecar backup verify}: whether a backup is what it was, and whether its WAL is there. */
@Command(
        name = "verify",
        mixinStandardHelpOptions = true,
        description = {
            "Reads a base backup to its end and compares every object and every file with the manifest; looks for its WAL,"
                    + " and how far the WAL leads. Needs no running agent.",
            "Exits with 0 if the backup is good, 49 if something in it is damaged, 50 if WAL that it needs is missing;"
                    + " with 1, 43, 47 or 48 if nobody can tell."
        })
final class BackupVerifyCommand implements Callable<Integer> {

    private static final int READERS = Math.clamp(Runtime.getRuntime().availableProcessors(), 2, 4);

    private final Map<String, String> environment;

    @Mixin
    private final OneRepository choice = new OneRepository();

    @Parameters(paramLabel = "ID", description = "The backup, or latest: the last one that is good.")
    private String id = "";

    @Option(
            names = "--restore",
            description =
                    "Also restores it into a folder of its own, starts PostgreSQL there, checks each table and index"
                            + " with amcheck, and removes it all. Nothing else is touched.")
    private boolean restore;

    @Option(
            names = "--in",
            paramLabel = "DIR",
            description = "Where --restore makes its folder; it needs the room of the whole database."
                    + " Default: the folder for temporary files.")
    private Path in = Path.of(System.getProperty("java.io.tmpdir"));

    @Option(
            names = "--postgres-bin",
            paramLabel = "DIR",
            description = "Where --restore finds PostgreSQL's programs, of the backup's major version."
                    + " Default: where packages put them, else the PATH.")
    private @Nullable Path postgresBin;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            description = "How long the restored PostgreSQL may take to recover. Default: 600.")
    private int timeout = 600;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    BackupVerifyCommand(Map<String, String> environment) {
        this.environment = environment;
    }

    @Override
    public Integer call() throws Exception {
        AgentConfig config = choice.config(environment);
        try (Repositories repositories = Repositories.open(config)) {
            Repositories.Open repository = choice.of(repositories);
            CatalogEntry entry = repository.backups().find(id);
            PrintWriter out = spec.commandLine().getOut();
            // What would fail in the end is to fail before hours of reading.
            Optional<PostgresPrograms> programs = restore && entry.info().isPresent()
                    ? Optional.of(PostgresPrograms.find(
                            entry.info().get().majorVersion(),
                            Optional.ofNullable(postgresBin),
                            environment.getOrDefault("PATH", "")))
                    : Optional.empty();
            VerifyReport report = read(repository, repositories, entry);
            if (choice.output() == OutputFormat.Format.TABLE) {
                VerifyText.print(repository.name(), report, out);
                out.flush();
            }
            Optional<TrialResult> trial = report.isGood() && programs.isPresent()
                    ? Optional.of(restored(repository, repositories, entry, programs.get()))
                    : Optional.empty();
            switch (choice.output()) {
                case TABLE -> {
                    trial.ifPresent(result -> TrialText.print(result, out));
                    if (restore && trial.isEmpty()) {
                        out.println("Restored:  not tried, for what is wrong");
                    }
                }
                case JSON -> {
                    ObjectNode json = BackupJson.verified(repository.name(), report);
                    trial.ifPresent(result -> TrialText.put(result, json.putObject("restored")));
                    out.println(json.toPrettyString());
                }
            }
            out.flush();
            ExitCode exit = VerifyText.exit(report);
            return (exit == ExitCode.OK ? trial.map(TrialResult::exit).orElse(exit) : exit).code();
        }
    }

    private TrialResult restored(
            Repositories.Open repository, Repositories repositories, CatalogEntry entry, PostgresPrograms programs)
            throws IOException, InterruptedException {
        try (ByteWatch watch = ByteWatch.onTerminal("restoring")) {
            return new TrialResult.Looked(new RestoreTrial(
                            repository, repositories.encryption(), programs, in, Duration.ofSeconds(timeout), READERS)
                    .run(entry.info().orElseThrow(), watch));
        } catch (BackupException e) {
            return new TrialResult.Failed(e);
        }
    }

    private static VerifyReport read(Repositories.Open repository, Repositories repositories, CatalogEntry entry)
            throws Exception {
        try (ByteWatch watch = ByteWatch.onTerminal("verifying")) {
            return new BackupVerifier(
                            repository.store(),
                            repository.layout(),
                            repositories.encryption(),
                            new WalInspector(repository.wal()))
                    .verify(entry, READERS, watch);
        }
    }
}
