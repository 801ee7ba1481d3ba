package io.pgsidecar.archive.backup;

import io.pgsidecar.archive.wal.WalException;
import io.pgsidecar.archive.wal.WalFileName;
import io.pgsidecar.archive.wal.WalInspector;
import io.pgsidecar.archive.wal.WalSegmentName;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Proves that every WAL segment that a backup needs is in every repository: a backup without one cannot be restored.
 * On a primary PostgreSQL has begun a new segment at the backup's end; of a standby the primary has to.
 */
final class WalProof {

    private static final Duration POLL = Duration.ofMillis(250);

    /** Ends the waiting by an exception. */
    @FunctionalInterface
    interface GoOn {
        void check() throws IOException;
    }

    private final BackupInfo info;
    private final List<BackupTarget> targets;
    private final BackupSession session;
    private final Duration timeout;
    private final GoOn goOn;

    WalProof(BackupInfo info, List<BackupTarget> targets, BackupSession session, Duration timeout, GoOn goOn) {
        this.info = info;
        this.targets = targets;
        this.session = session;
        this.timeout = timeout;
        this.goOn = goOn;
    }

    /** The segment that holds the last byte before an address. */
    static String segmentBefore(long lsn, long timeline, long segmentSize) {
        long last = lsn - 1;
        return new WalSegmentName(timeline, last >>> 32, Long.remainderUnsigned(last, 1L << 32) / segmentSize)
                .toString();
    }

    /**
     * Waits until it is proven.
     *
     * @throws BackupException {@code WAL_MISSING} if it is not in time; the message names the first segment
     */
    void await() throws IOException, SQLException, BackupException, InterruptedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        WalSegmentName last = WalSegmentName.parse(info.end().orElseThrow().segment());
        for (BackupTarget target : targets) {
            Optional<WalSegmentName> segment =
                    Optional.of(WalSegmentName.parse(info.begin().segment()));
            while (segment.isPresent() && segment.get().compareTo(last) <= 0) {
                await(target, segment.get(), deadline);
                segment = segment.get().next(info.walSegmentSize());
            }
            requireOurs(target);
        }
    }

    private void await(BackupTarget target, WalSegmentName segment, long deadline)
            throws IOException, SQLException, BackupException, InterruptedException {
        WalFileName name = WalFileName.parse(segment.toString());
        boolean[] there = {false};
        while (target.attempt(() -> there[0] = target.wal().has(name)) && !there[0]) {
            goOn.check();
            if (System.nanoTime() - deadline > 0) {
                missing(target, segment);
                return;
            }
            Thread.sleep(POLL);
        }
    }

    private void missing(BackupTarget target, WalSegmentName segment)
            throws SQLException, BackupException, IOException {
        String message = "WAL segment %s, which the backup needs, is not in repository \"%s\" after %d s"
                .formatted(segment, target.name(), timeout.toSeconds());
        if (target.optional()) {
            target.attempt(() -> {
                throw new IOException(message);
            });
            return;
        }
        String hint = session.archiverStuckAt()
                .map(stuck -> "PostgreSQL fails to archive %s; its log says why.".formatted(stuck))
                .orElse(
                        "Is archive_command set, and does it work? Of a standby the primary archives: SELECT pg_switch_wal() there ends a segment.");
        throw new BackupException(BackupException.Reason.WAL_MISSING, message, hint);
    }

    private void requireOurs(BackupTarget target) throws BackupException {
        if (target.isLost()) {
            return;
        }
        try {
            new WalInspector(target.wal()).requireOf(info.systemIdentifier());
        } catch (WalException e) {
            throw BackupException.of(e);
        }
    }
}
