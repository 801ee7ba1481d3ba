package io.pgsidecar.agent.metrics;

import io.pgsidecar.archive.wal.DataDirectory;
import io.pgsidecar.archive.wal.ReadyBacklog;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What the disks tell at a moment.
 *
 * @param volumes by what is kept on them; those that cannot be asked are left out
 * @param ready empty if it cannot be read
 * @param nanos when, by {@link System#nanoTime()}
 */
public record DiskLook(Map<String, Volume> volumes, Optional<ReadyBacklog> ready, long nanos) {

    /**
     * A file system.
     *
     * @param available to whoever is not root
     */
    public record Volume(long size, long used, long available) {

        /** The share that is used, from 0 to 1. As df does: what is reserved for root counts neither way. */
        public double usedRatio() {
            long reachable = used + available;
            return reachable == 0 ? 0 : (double) used / reachable;
        }
    }

    /** Looks. A file system that hangs lets it wait. */
    static DiskLook at(Path data) {
        Map<String, Volume> volumes = new LinkedHashMap<>();
        volume(data).ifPresent(volume -> volumes.put("pgdata", volume));
        volume(data.resolve("pg_wal")).ifPresent(volume -> volumes.put("pg_wal", volume));
        return new DiskLook(volumes, ready(data), System.nanoTime());
    }

    private static Optional<Volume> volume(Path folder) {
        try {
            FileStore store = Files.getFileStore(folder);
            long size = store.getTotalSpace();
            return Optional.of(new Volume(size, size - store.getUnallocatedSpace(), store.getUsableSpace()));
        } catch (IOException | RuntimeException e) {
            return Optional.empty();
        }
    }

    private static Optional<ReadyBacklog> ready(Path data) {
        try {
            return Optional.of(ReadyBacklog.read(new DataDirectory(data)));
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
