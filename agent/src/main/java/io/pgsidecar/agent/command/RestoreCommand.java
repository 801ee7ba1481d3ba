package io.pgsidecar.agent.command;

import io.pgsidecar.agent.ExitCode;
import io.pgsidecar.agent.Repositories;
import io.pgsidecar.agent.config.AgentConfig;
import io.pgsidecar.agent.config.ConfigException;
import io.pgsidecar.archive.backup.BackupCatalog;
import io.pgsidecar.archive.backup.BackupException;
import io.pgsidecar.archive.backup.BackupId;
import io.pgsidecar.archive.backup.BackupInfo;
import io.pgsidecar.archive.backup.CatalogEntry;
import io.pgsidecar.archive.backup.RecoverySettings;
import io.pgsidecar.archive.backup.RecoveryTarget;
import io.pgsidecar.archive.backup.RecoveryTarget.Stop;
import io.pgsidecar.archive.backup.Restore;
import io.pgsidecar.archive.backup.RestorePlan;
import io.pgsidecar.archive.backup.RestoreReport;
import io.pgsidecar.archive.backup.RestoreRequest;
import io.pgsidecar.archive.backup.TargetTimeline;
import io.pgsidecar.archive.codec.Encryption;
import io.pgsidecar.archive.wal.WalInspector;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code pgsidecar restore}: makes a data directory of a base backup, and has PostgreSQL recover to a point in time. */
@Command(
        name = "restore",
        mixinStandardHelpOptions = true,
        description = {
            "Makes a data directory of a base backup, and tells PostgreSQL how far to recover when it is started."
                    + " Needs no running agent. Broken off, it goes on when it is run again.",
            "Exits with 0 if the directory is complete; with 43 if what is asked for cannot be; with 49 if the backup"
                    + " is damaged, 50 if WAL for the target is missing; else with 1, 45, 47 or 48."
        })
public final class RestoreCommand implements Callable<Integer> {

    private static final int READERS = Math.clamp(Runtime.getRuntime().availableProcessors(), 2, 8);

    private final Map<String, String> environment;

    @Mixin
    private final ConfigFile configFile = new ConfigFile();

    @ArgGroup(exclusive = true, multiplicity = "0..1")
    private TargetOptions stop = new TargetOptions();

    @Option(names = "--exclusive", description = "Ends just before the time, LSN or transaction.")
    private boolean exclusive;

    @Option(
            names = "--timeline",
            paramLabel = "TIMELINE",
            description = "latest, current (the backup's), or a number. Default: latest.")
    private String timeline = "latest";

    @Option(
            names = "--action",
            paramLabel = "ACTION",
            description = "What PostgreSQL does at the target: pause, promote, shutdown. Default: pause.")
    private RecoveryTarget.Action action = RecoveryTarget.Action.PAUSE;

    @Option(
            names = "--backup",
            paramLabel = "ID",
            description = "The backup. Default: latest, the newest that leads to the target.")
    private String backup = "latest";

    @Option(
            names = "--repository",
            paramLabel = "NAME",
            description = "The repository. Default: the first one of the configuration.")
    private @Nullable String repository;

    @Option(names = "--to", paramLabel = "DIR", description = "The data directory. Default: postgres.data.")
    private @Nullable Path to;

    @Option(
            names = "--tablespace",
            paramLabel = "OLD=NEW",
            description = "Where a tablespace goes, by its OID or old location. May be given again.")
    private final Map<String, Path> tablespaces = new LinkedHashMap<>();

    @Option(
            names = "--delta",
            description = "Takes what is in the directory and good already, and REMOVES what the backup does not have.")
    private boolean delta;

    @Option(names = "--standby", description = "Makes a standby: it replays WAL for ever, and streams if it can.")
    private boolean standby;

    @Option(
            names = "--primary-conninfo",
            paramLabel = "CONNINFO",
            description = "Whom a standby streams from. Default: as in the backup's postgresql.auto.conf.")
    private @Nullable String primaryConninfo;

    @Option(
            names = "--restore-command",
            paramLabel = "COMMAND",
            description = "How PostgreSQL gets WAL. Default: pgsidecar-wal beside control.socket.")
    private @Nullable String restoreCommand;

    @Option(
            names = "--dry-run",
            description = "Prints what would be done, looks whether it could begin, and changes nothing.")
    private boolean dryRun;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    public RestoreCommand(Map<String, String> environment) {
        this.environment = environment;
    }

    @Override
    public Integer call() throws ConfigException, BackupException, IOException, InterruptedException {
        AgentConfig config = configFile.load(environment).config();
        RecoveryTarget target = target();
        try (Repositories repositories = Repositories.open(config)) {
            return restore(config, open(repositories), target);
        }
    }

    private int restore(AgentConfig config, Repositories.Open from, RecoveryTarget target)
            throws BackupException, IOException, InterruptedException {
        Encryption encryption = config.encryption().keys();
        BackupCatalog catalog = new BackupCatalog(from.name(), from.store(), from.layout(), encryption);
        List<BackupInfo> backups = catalog.list(Instant.now()).stream()
                .filter(entry -> entry.state() == CatalogEntry.State.DONE)
                .flatMap(entry -> entry.info().stream())
                .toList();
        RestorePlan plan = RestorePlan.of(backups, new WalInspector(from.wal()), target, chosen());
        RestoreRequest request = new RestoreRequest(
                plan.backup(), to == null ? config.postgres().data() : to, tablespaces, delta, READERS);
        RecoverySettings settings = new RecoverySettings(
                target,
                standby,
                restoreCommand == null
                        ? RestoreText.restoreCommand(config.control().socket())
                        : restoreCommand,
                Optional.ofNullable(primaryConninfo));
        PrintWriter out = spec.commandLine().getOut();
        RestoreText text = new RestoreText(out, plan, request, settings);
        text.plan(from.name());
        Restore restore = new Restore(from.store(), from.layout(), encryption);
        if (dryRun) {
            restore.check(request);
        } else {
            RestoreReport report;
            try (ByteWatch watch = ByteWatch.onTerminal("restoring")) {
                report = restore.run(request, settings, watch);
            }
            text.done(report);
        }
        out.flush();
        return ExitCode.OK.code();
    }

    private RecoveryTarget target() {
        Stop at = stop.stop();
        boolean canExclude = at instanceof Stop.Time || at instanceof Stop.Lsn || at instanceof Stop.Xid;
        if (exclusive && !canExclude) {
            throw usage("--exclusive needs --target-time, --target-lsn or --target-xid");
        }
        if (primaryConninfo != null && !standby) {
            throw usage("--primary-conninfo needs --standby");
        }
        for (String value : new String[] {primaryConninfo, restoreCommand}) {
            if (value != null && value.chars().anyMatch(Character::isISOControl)) {
                throw usage("--primary-conninfo and --restore-command have one line");
            }
        }
        try {
            return new RecoveryTarget(at, !exclusive, new TargetTimeline(timeline), action);
        } catch (IllegalArgumentException e) {
            throw usage("--timeline: " + e.getMessage());
        }
    }

    private Optional<BackupId> chosen() {
        try {
            return backup.equals("latest") ? Optional.empty() : Optional.of(new BackupId(backup));
        } catch (IllegalArgumentException e) {
            throw usage("--backup: " + e.getMessage());
        }
    }

    private Repositories.Open open(Repositories repositories) {
        return repositories.all().stream()
                .filter(each -> repository == null || each.name().equals(repository))
                .findFirst()
                .orElseThrow(() -> usage(
                        repository == null
                                ? "the configuration has no repository"
                                : "there is no repository \"%s\"; there are: %s"
                                        .formatted(
                                                repository,
                                                String.join(
                                                        ", ",
                                                        repositories.all().stream()
                                                                .map(Repositories.Open::name)
                                                                .toList()))));
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
