package io.pgsidecar.archive.backup;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Whether a backup fits on the disk, told before anything is written. */
final class RestoreRoom {

    private RestoreRoom() {}

    /**
     * Adds up by volume.
     *
     * @param needed bytes that each folder will take, besides what it has now
     */
    static void require(Map<Path, Long> needed) throws IOException, BackupException {
        Map<FileStore, Long> byVolume = new LinkedHashMap<>();
        for (Map.Entry<Path, Long> folder : needed.entrySet()) {
            byVolume.merge(Files.getFileStore(existing(folder.getKey())), folder.getValue(), Long::sum);
        }
        for (Map.Entry<FileStore, Long> volume : byVolume.entrySet()) {
            require(
                    volume.getKey().toString(),
                    volume.getValue(),
                    volume.getKey().getUsableSpace());
        }
    }

    static void require(String volume, long needed, long usable) throws BackupException {
        if (needed > usable) {
            throw new BackupException(
                    BackupException.Reason.FAILED,
                    "the backup needs %,d bytes on %s, and %,d are free; nothing was changed"
                            .formatted(needed, volume, usable),
                    "Make room, or restore to a larger volume. WAL that is replayed needs some room too.");
        }
    }

    private static Path existing(Path folder) {
        Path path = folder;
        while (!Files.exists(path) && path.getParent() != null) {
            path = path.getParent();
        }
        return path;
    }
}
