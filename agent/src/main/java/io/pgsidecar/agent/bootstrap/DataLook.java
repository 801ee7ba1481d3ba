package io.pgsidecar.agent.bootstrap;

import io.pgsidecar.agent.bootstrap.LocalData.Signal;
import io.pgsidecar.archive.backup.BackupId;
import io.pgsidecar.archive.backup.ControlState;
import io.pgsidecar.archive.backup.Restore;
import io.pgsidecar.archive.wal.TimelineHistory;
import io.pgsidecar.archive.wal.WalEnd;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/** Looks into the data directory; changes nothing. */
record DataLook(Path data) {

    /** {@code template0}, {@code template1} and {@code postgres}: initdb makes the last one at its end. */
    private static final int DATABASES = 3;

    LocalData look() throws IOException {
        if (Files.exists(data) && !Files.isDirectory(data)) {
            return new LocalData.Unfit("%s is no folder".formatted(data), "Check postgres.data.");
        }
        if (Restore.isEmpty(data)) {
            return new LocalData.Empty();
        }
        Optional<BackupId> broken = Restore.brokenOff(data);
        if (broken.isPresent()) {
            return new LocalData.BrokenRestore(broken.get());
        }
        if (!Files.isRegularFile(data.resolve("PG_VERSION"))) {
            return new LocalData.Unfit(
                    "%s is not empty and no data directory: there is no PG_VERSION".formatted(data),
                    "Check postgres.data. If an initdb was killed there, empty the folder.");
        }
        byte[] control;
        try {
            control = Files.readAllBytes(data.resolve("global/pg_control"));
        } catch (NoSuchFileException e) {
            return new LocalData.Unfit(
                    "%s is half made: there is a PG_VERSION and no global/pg_control".formatted(data),
                    "If an initdb was killed there, empty the folder. If there was a cluster in it, restore it.");
        }
        ControlState state;
        try {
            state = ControlState.parse(control);
        } catch (IllegalArgumentException e) {
            return new LocalData.Unfit(
                    "%s cannot be started on: %s".formatted(data, e.getMessage()),
                    "Nothing was changed. Restore it, or empty the folder and let it be built anew.");
        }
        boolean fromBackup = Files.exists(data.resolve("backup_label"));
        if (!fromBackup && !Files.exists(data.resolve("postmaster.opts")) && databases() < DATABASES) {
            return new LocalData.Unfit(
                    "%s is half made: an initdb did not come to its end there, and no server has ever run"
                            .formatted(data),
                    "Empty the folder: initdb then makes the cluster anew.");
        }
        return new LocalData.Cluster(
                state.systemIdentifier(),
                state.timeline(),
                signal(),
                fromBackup,
                fromBackup ? Optional.empty() : reach(state),
                history(state.timeline()));
    }

    private Signal signal() {
        // PostgreSQL looks for them in this order.
        if (Files.exists(data.resolve("standby.signal"))) {
            return Signal.STANDBY;
        }
        return Files.exists(data.resolve("recovery.signal")) ? Signal.RECOVERY : Signal.NONE;
    }

    /**
     * An address that its WAL has come to, or its data files: a timeline that was left at or before it is not the one
     * that it can go on with. Of a record its beginning counts, since a timeline is left between two.
     */
    private Optional<Long> reach(ControlState state) throws IOException {
        return switch (state.phase()) {
            case STOPPED -> Optional.of(state.checkpoint());
            // The last byte; what is behind it in pg_wal was never replayed, and is given up where a timeline ends
            // before.
            case RECOVERING ->
                Optional.of(state.minRecoveryPoint() == 0 ? state.checkpoint() : state.minRecoveryPoint() - 1);
            case UP ->
                WalEnd.lastRecord(
                        data.resolve("pg_wal"),
                        state.checkpoint(),
                        state.checkpointTimeline(),
                        state.timeline(),
                        state.walSegmentSize(),
                        state.systemIdentifier());
        };
    }

    private Optional<TimelineHistory> history(long timeline) throws IOException {
        Path file = data.resolve("pg_wal").resolve(String.format(Locale.ROOT, "%08X.history", timeline));
        try {
            return Optional.of(TimelineHistory.parse(timeline, Files.readAllBytes(file)));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IllegalArgumentException e) {
            throw new IOException("%s is no history: %s".formatted(file, e.getMessage()), e);
        }
    }

    private int databases() throws IOException {
        int databases = 0;
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(data.resolve("base"), "[0-9]*")) {
            for (Path folder : folders) {
                databases += Files.exists(folder.resolve("PG_VERSION")) ? 1 : 0;
            }
        } catch (NoSuchFileException e) {
            return 0;
        }
        return databases;
    }

    /** The server's process id in {@code postmaster.pid}, as text; empty if there is no such file. */
    Optional<String> postmaster() throws IOException {
        try {
            return Files.readString(data.resolve("postmaster.pid"), StandardCharsets.ISO_8859_1)
                    .lines()
                    .findFirst();
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }
}
