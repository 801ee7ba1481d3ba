package io.pgsidecar.agent.trial;

import io.pgsidecar.agent.Repositories;
import io.pgsidecar.archive.backup.BackupException;
import io.pgsidecar.archive.backup.BackupInfo;
import io.pgsidecar.archive.backup.BeforeControl;
import io.pgsidecar.archive.backup.RecoveryTarget;
import io.pgsidecar.archive.backup.Restore;
import io.pgsidecar.archive.backup.RestorePlan;
import io.pgsidecar.archive.backup.RestoreProgress;
import io.pgsidecar.archive.backup.RestoreRequest;
import io.pgsidecar.archive.backup.Tablespace;
import io.pgsidecar.archive.backup.TargetTimeline;
import io.pgsidecar.archive.codec.Encryption;
import io.pgsidecar.archive.wal.WalDownload;
import io.pgsidecar.archive.wal.WalException;
import io.pgsidecar.archive.wal.WalInspector;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Restores a backup into a folder, starts PostgreSQL there, looks at what it has, and removes it all: also when it fails,
 * and when the process is told to end.
 *
 * @param parent where the folder is made
 * @param timeout how long the recovery may take
 */
public record RestoreTrial(
        Repositories.Open repository,
        Encryption encryption,
        PostgresPrograms programs,
        Path parent,
        Duration timeout,
        int readers) {

    private static final int LONGEST_END = 30;
    /** After so long the worker waits for an answer of the server: to interrupt it does not end that. */
    private static final int NOT_AT_ONCE = 1;

    /**
     * Makes the trial.
     *
     * @throws BackupException if the backup cannot be restored, or no server comes up on it
     */
    public TrialReport run(BackupInfo backup, RestoreProgress progress)
            throws BackupException, IOException, InterruptedException {
        int port = freePort();
        TrialFolder folder = TrialFolder.in(parent);
        CountDownLatch over = new CountDownLatch(1);
        Thread worker = Thread.currentThread();
        TrialServer server = new TrialServer(programs, folder, port);
        Thread end = new Thread(() -> {
            worker.interrupt();
            if (!await(over, NOT_AT_ONCE)) {
                server.breakOff();
                boolean ignored = await(over, LONGEST_END);
            }
        });
        Runtime.getRuntime().addShutdownHook(end);
        try {
            return run(backup, folder, server, progress);
        } finally {
            // Interrupted once, it may still take its time to clean up.
            boolean interrupted = Thread.interrupted();
            folder.close();
            over.countDown();
            forget(end);
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private TrialReport run(BackupInfo backup, TrialFolder folder, TrialServer server, RestoreProgress progress)
            throws BackupException, IOException, InterruptedException {
        if (Files.getAttribute(folder.path(), "unix:uid").equals(0)) {
            throw new BackupException(
                    BackupException.Reason.FAILED,
                    "PostgreSQL does not run as root, so nothing can be started",
                    "Run the same as another user, for example: runuser -u postgres -- pgsidecar backup verify …");
        }
        RestorePlan plan = RestorePlan.of(
                List.of(backup),
                new WalInspector(repository.wal()),
                new RecoveryTarget(
                        new RecoveryTarget.Stop.Immediate(),
                        true,
                        TargetTimeline.CURRENT,
                        RecoveryTarget.Action.PROMOTE),
                Optional.of(backup.id()));
        BeforeControl settings = new TrialSettings(backup.majorVersion(), server.port());
        new Restore(repository.store(), repository.layout(), encryption)
                .run(
                        request(backup, folder),
                        (directory, control) -> {
                            settings.complete(directory, control);
                            bringWal(plan, directory.resolve("pg_wal"));
                        },
                        progress);
        try {
            server.start(timeout);
            server.stop();
            server.createUser();
            server.start(timeout);
            TrialReport report = new DatabaseChecks(server).run();
            server.stop();
            return report;
        } catch (SQLException e) {
            throw new BackupException(
                    BackupException.Reason.FAILED, "the restored server does not answer: " + e.getMessage(), null, e);
        } finally {
            boolean interrupted = Thread.interrupted();
            server.kill();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private RestoreRequest request(BackupInfo backup, TrialFolder folder) {
        Map<String, Path> tablespaces = new HashMap<>();
        for (Tablespace tablespace : backup.tablespaces()) {
            tablespaces.put(Long.toString(tablespace.oid()), folder.tablespace(tablespace.oid()));
        }
        return new RestoreRequest(backup, folder.data(), tablespaces, false, readers);
    }

    private void bringWal(RestorePlan plan, Path folder) throws BackupException {
        WalDownload download = new WalDownload(repository.wal(), plan.backup().systemIdentifier());
        try {
            download.segments(
                    plan.firstSegment(), plan.lastSegment(), plan.backup().walSegmentSize(), folder);
            if (plan.timeline() > 1) {
                download.history(plan.timeline(), folder);
            }
        } catch (WalException e) {
            throw BackupException.of(e);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static boolean await(CountDownLatch over, int seconds) {
        try {
            return over.await(seconds, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static void forget(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The process is ending already: the hook is what has ended this.
        }
    }
}
