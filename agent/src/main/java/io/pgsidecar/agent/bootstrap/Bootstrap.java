package io.pgsidecar.agent.bootstrap;

import io.pgsidecar.agent.ExitCode;
import io.pgsidecar.agent.RefusedException;
import io.pgsidecar.agent.Repositories;
import io.pgsidecar.agent.config.AgentConfig;
import io.pgsidecar.agent.config.BootstrapConfig;
import io.pgsidecar.agent.config.BootstrapRestoreConfig;
import io.pgsidecar.agent.config.ServerName;
import io.pgsidecar.agent.config.Words;
import io.pgsidecar.archive.backup.BackupException;
import io.pgsidecar.archive.backup.BackupId;
import io.pgsidecar.archive.backup.BackupInfo;
import io.pgsidecar.archive.backup.RecoverySettings;
import io.pgsidecar.archive.backup.RecoveryTarget;
import io.pgsidecar.archive.backup.Restore;
import io.pgsidecar.archive.backup.RestorePlan;
import io.pgsidecar.archive.backup.RestoreProgress;
import io.pgsidecar.archive.backup.RestoreReport;
import io.pgsidecar.archive.backup.RestoreRequest;
import io.pgsidecar.archive.backup.StandbyFloors;
import io.pgsidecar.archive.backup.TargetTimeline;
import io.pgsidecar.archive.wal.WalInspector;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Makes the data directory ready for PostgreSQL, or says why it must not start. It remembers nothing: killed at any
 * moment and run again, it finds what is there and goes on.
 */
public final class Bootstrap {

    private static final int READERS = Math.clamp(Runtime.getRuntime().availableProcessors(), 2, 8);
    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);
    /** What is waited for is named this often. */
    private static final Duration REMINDER = Duration.ofSeconds(30);

    /** On the way to the latest timeline, with no more WAL than the backup itself needs. */
    private static final RecoveryTarget CONSISTENT = new RecoveryTarget(
            new RecoveryTarget.Stop.Immediate(), true, TargetTimeline.LATEST, RecoveryTarget.Action.PROMOTE);

    private static final Duration PORT_TIMEOUT = Duration.ofSeconds(2);

    private final AgentConfig config;
    private final Repositories repositories;
    private final PodName pod;
    private final String restoreCommand;
    private final RestoreProgress progress;
    private final Consumer<String> out;
    private final Path data;

    /**
     * A bootstrap of the configuration's data directory.
     *
     * @param environment has the pod's name
     * @param restoreCommand how PostgreSQL is to get WAL
     * @param out is told what is found and done, line by line
     */
    public Bootstrap(
            AgentConfig config,
            Repositories repositories,
            Map<String, String> environment,
            String restoreCommand,
            RestoreProgress progress,
            Consumer<String> out) {
        this.config = config;
        this.repositories = repositories;
        this.pod = PodName.of(environment);
        this.restoreCommand = restoreCommand;
        this.progress = progress;
        this.out = out;
        this.data = config.postgres().data();
    }

    /**
     * Looks, decides and does it.
     *
     * @throws RefusedException if PostgreSQL must not start
     */
    public void run() throws RefusedException, BackupException, IOException, InterruptedException {
        BootstrapConfig settings = config.bootstrap();
        Decision decision = new Decision(
                settings.lostCluster(),
                settings.oldPrimary(),
                settings.unproven(),
                settings.rebuildDiverged(),
                settings.restore().server().map(ServerName::value));
        long deadline = System.nanoTime() + settings.timeout().toNanos();
        String said = "";
        long saidAt = 0;
        while (true) {
            Action.Wait wait;
            Action action = decision.of(look());
            if (action instanceof Action.Wait found) {
                wait = found;
            } else {
                try {
                    perform(action);
                    return;
                } catch (BackupException e) {
                    if (!mayPass(e)) {
                        throw e;
                    }
                    wait = new Action.Wait(
                            ExitCode.of(e.reason()), e.getMessage(), e.hint().orElse(""));
                }
            }
            long now = System.nanoTime();
            if (now >= deadline) {
                throw new RefusedException(wait.exit(), wait.message(), wait.hint());
            }
            if (!said.equals(wait.message()) || now - saidAt > REMINDER.toNanos()) {
                out.accept("waiting, for %d s at most: %s"
                        .formatted(Duration.ofNanos(deadline - now).toSeconds(), wait.message()));
                said = wait.message();
                saidAt = now;
            }
            Thread.sleep(settings.interval());
        }
    }

    private Facts look() throws IOException, InterruptedException {
        List<String> hosts = config.bootstrap().primaryHost().map(Words::values).orElse(List.of());
        return new Facts(
                data.toString(),
                new DataLook(data).look(),
                new ArchiveLook(repositories.all()).look(),
                new PrimaryLook(
                                hosts,
                                config.bootstrap().primaryPort(),
                                config.postgres().address())
                        .look(),
                pod.begins(config.bootstrap().newCluster()));
    }

    /** WAL that is stored ahead of its predecessor looks like a gap for a moment. */
    private static boolean mayPass(BackupException e) {
        return e.reason() == BackupException.Reason.REPOSITORY_UNAVAILABLE
                || e.reason() == BackupException.Reason.WAL_MISSING;
    }

    private void perform(Action action) throws RefusedException, BackupException, IOException, InterruptedException {
        switch (action) {
            case Action.Start(var why) -> {
                if (config.bootstrap().raiseSettings() && Files.exists(data.resolve("standby.signal"))) {
                    StandbyFloors.raise(data)
                            .forEach((name, value) -> out.accept(
                                    "%s is %d in postgresql.auto.conf now, as the primary's".formatted(name, value)));
                }
                out.accept("start as it is: " + why);
            }
            case Action.LeaveEmpty(var why) -> out.accept("left empty: " + why);
            case Action.Copy(var why) -> {
                out.accept("copy another cluster: " + why);
                copy();
            }
            case Action.BuildStandby(var why) -> {
                out.accept("build a replica: " + why);
                restore(replica(false));
            }
            case Action.Recover(var why) -> {
                out.accept("recover a primary: " + why);
                restore(new Wanted(repositories.all(), settings(false), Optional.empty(), false));
            }
            case Action.Follow(var why) -> {
                out.accept("make it a replica: " + why);
                requireStopped();
                settings(true).complete(data, Files.readAllBytes(data.resolve("global/pg_control")));
                out.accept("made a replica: standby.signal is set");
            }
            case Action.Rebuild(var why) -> {
                out.accept("rebuild: " + why);
                requireStopped();
                rebuild();
            }
            case Action.Refuse(var exit, var message, var hint) -> throw new RefusedException(exit, message, hint);
            case Action.Wait(var exit, var message, var hint) -> throw new RefusedException(exit, message, hint);
        }
    }

    /** This is for a pod that starts. By hand, beside a running server, it would ruin it. */
    private void requireStopped() throws IOException, RefusedException {
        Optional<String> postmaster = new DataLook(data).postmaster();
        if (postmaster.isEmpty()) {
            return;
        }
        AgentConfig.Postgres postgres = config.postgres();
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(postgres.host(), postgres.port()), (int) PORT_TIMEOUT.toMillis());
        } catch (IOException e) {
            return;
        }
        throw new RefusedException(
                ExitCode.BAD_REQUEST,
                "there is a postmaster.pid in %s, of process %s, and a server listens on %s:%d"
                        .formatted(data, postmaster.get(), postgres.host(), postgres.port()),
                "bootstrap is run before PostgreSQL starts. Stop the server.");
    }

    private void rebuild() throws RefusedException, BackupException, IOException, InterruptedException {
        if (config.bootstrap().keepDiverged()) {
            requireNoTablespaces();
            Path kept =
                    data.resolveSibling("%s.diverged-%s".formatted(data.getFileName(), STAMP.format(Instant.now())));
            try {
                Files.move(data, kept, StandardCopyOption.ATOMIC_MOVE);
            } catch (AtomicMoveNotSupportedException e) {
                throw cannotKeep(kept, e);
            } catch (FileSystemException e) {
                throw cannotKeep(kept, e);
            }
            out.accept("kept the old directory as " + kept);
            restore(replica(false));
        } else {
            // What a server that was killed has left; nobody listens, as was seen.
            Files.deleteIfExists(data.resolve("postmaster.pid"));
            restore(replica(true));
        }
    }

    /** They lie elsewhere and are not renamed with it: the new cluster's would go where the kept ones are. */
    private void requireNoTablespaces() throws RefusedException, IOException {
        try (DirectoryStream<Path> links = Files.newDirectoryStream(data.resolve("pg_tblspc"), "[0-9]*")) {
            if (links.iterator().hasNext()) {
                throw new RefusedException(
                        ExitCode.FAILED,
                        "%s has tablespaces, and cannot be kept beside a new one that has them in the same place"
                                .formatted(data),
                        "Save what it has, and set bootstrap.keepDiverged to false: its files are then taken where they are"
                                + " good.");
            }
        } catch (NoSuchFileException e) {
            // It has none.
        }
    }

    private RefusedException cannotKeep(Path kept, IOException e) {
        return new RefusedException(
                ExitCode.FAILED,
                "cannot rename %s to %s: %s".formatted(data, kept, e),
                "It can be renamed where PGDATA is a folder in the volume, not the volume itself. Else save what it has,"
                        + " and set bootstrap.keepDiverged to false: its files are then taken where they are good.");
    }

    private RecoverySettings settings(boolean standby) throws IOException {
        return new RecoverySettings(
                RecoveryTarget.LATEST,
                standby,
                restoreCommand,
                standby ? PrimaryConninfo.of(config, pod) : Optional.empty(),
                Optional.empty(),
                config.bootstrap().raiseSettings());
    }

    /**
     * What is to be restored.
     *
     * @param from the first of them that has a backup is taken
     * @param settings also have the target
     * @param backup the only one that may be used
     * @param delta whether files that are there and good are taken
     */
    private record Wanted(
            List<Repositories.Open> from, RecoverySettings settings, Optional<BackupId> backup, boolean delta) {}

    private Wanted replica(boolean delta) throws IOException {
        return new Wanted(repositories.all(), settings(true), Optional.empty(), delta);
    }

    private void copy() throws BackupException, IOException, InterruptedException {
        BootstrapRestoreConfig restore = config.bootstrap().restore();
        ServerName server = restore.server().orElseThrow();
        try (Repositories other = Repositories.open(config, server)) {
            List<Repositories.Open> from = other.all().stream()
                    .filter(each -> restore.repository().isEmpty()
                            || restore.repository().get().equals(each.name()))
                    .toList();
            RecoverySettings settings = new RecoverySettings(
                    restore.target(),
                    false,
                    restoreCommand,
                    Optional.empty(),
                    Optional.of(server.value()),
                    config.bootstrap().raiseSettings());
            restore(new Wanted(from, settings, restore.backup().map(BackupId::new), false));
        }
    }

    /** The plan of the first repository that has one. */
    private record Source(Repositories.Open repository, RestorePlan plan, boolean delta) {}

    private void restore(Wanted wanted) throws BackupException, IOException, InterruptedException {
        Source source = source(wanted);
        RestorePlan plan = source.plan();
        out.accept("restoring backup %s of repository \"%s\", of %s, timeline %d"
                .formatted(
                        plan.backup().id(),
                        source.repository().name(),
                        plan.backup().begin().time(),
                        plan.backup().timeline()));
        RestoreReport report = new Restore(
                        source.repository().store(), source.repository().layout(), repositories.encryption())
                .run(
                        new RestoreRequest(plan.backup(), data, Map.of(), source.delta(), READERS),
                        wanted.settings(),
                        progress);
        out.accept("restored %d files, %d bytes; %s on timeline %d"
                .formatted(
                        report.files(),
                        report.bytes(),
                        wanted.settings().standby() ? "a replica" : "it recovers and becomes the primary,",
                        plan.timeline()));
    }

    private Source source(Wanted wanted) throws BackupException, IOException, InterruptedException {
        Optional<BackupId> broken = Restore.brokenOff(data);
        BackupException failure = new BackupException(
                BackupException.Reason.BAD_REQUEST, "no repository has a backup that can be restored", null);
        for (Repositories.Open repository : wanted.from()) {
            try {
                List<BackupInfo> backups = ArchiveLook.restorable(repository);
                if (!backups.isEmpty()) {
                    return source(wanted, repository, backups, broken);
                }
            } catch (BackupException e) {
                failure = e;
            }
        }
        throw failure;
    }

    /** A restore that was broken off is gone on with; if its backup is of no use any more, its files may be. */
    private Source source(
            Wanted wanted, Repositories.Open repository, List<BackupInfo> backups, Optional<BackupId> broken)
            throws BackupException {
        if (broken.isPresent() && wanted.backup().or(() -> broken).equals(broken)) {
            try {
                return new Source(repository, plan(wanted, repository, backups, broken), wanted.delta());
            } catch (BackupException e) {
                if (mayPass(e)) {
                    throw e;
                }
            }
        }
        RestorePlan plan = plan(wanted, repository, backups, wanted.backup());
        return new Source(repository, plan, wanted.delta() || broken.isPresent());
    }

    /**
     * A replica streams what is not stored, most of all the segment that a new timeline began in: until it is full, it is
     * in no repository. A server that recovers by itself needs all.
     */
    private RestorePlan plan(
            Wanted wanted, Repositories.Open repository, List<BackupInfo> backups, Optional<BackupId> chosen)
            throws BackupException {
        WalInspector wal = new WalInspector(repository.wal());
        try {
            return RestorePlan.of(backups, wal, wanted.settings().target(), chosen);
        } catch (BackupException e) {
            if (!wanted.settings().standby() || e.reason() != BackupException.Reason.WAL_MISSING) {
                throw e;
            }
            RestorePlan plan = RestorePlan.of(backups, wal, CONSISTENT, chosen);
            out.accept("%s; it has to be streamed from the primary".formatted(e.getMessage()));
            return plan;
        }
    }
}
