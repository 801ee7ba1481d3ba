package io.pgsidecar.archive.backup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;

/** Decides whether a backup may be restored into the folders that are there. Changes nothing. */
final class RestoreFolders {

    /** What is to be done with what lies in the folders. */
    enum Content {
        /** There is nothing. */
        NONE,
        /** Files that are as the manifest says are kept, all others removed. */
        REUSED,
        /** All is removed: nothing tells which of it is good. */
        REMOVED
    }

    private RestoreFolders() {}

    static Content check(RestoreRequest request, RestorePaths paths, boolean manifest)
            throws BackupException, IOException {
        for (Path root : paths.roots()) {
            if (Files.exists(root, LinkOption.NOFOLLOW_LINKS) && !Files.isDirectory(root)) {
                throw bad("%s is no folder".formatted(root), "Move it away, or restore to another folder (--to).");
            }
        }
        Path directory = paths.directory();
        if (Files.exists(directory.resolve("postmaster.pid"))) {
            throw bad(
                    "there is a postmaster.pid in %s: a server may be running there".formatted(directory),
                    "Stop it. If there is none any more, remove the file.");
        }
        Optional<RestoreMarker> marker = RestoreMarker.read(directory);
        // With pg_control a server can have been started there since: one that was stopped just before its last step.
        boolean resumed =
                marker.equals(Optional.of(RestoreMarker.of(request.backup().id(), paths)))
                        && !Files.exists(directory.resolve(TarExtraction.CONTROL), LinkOption.NOFOLLOW_LINKS);
        if (!resumed && !request.delta()) {
            for (Path root : paths.roots()) {
                requireEmpty(root, marker);
            }
            return Content.NONE;
        }
        if (!resumed) {
            requireOwn(paths, marker);
            requireSameCluster(request.backup(), directory);
            if (!manifest && !allEmpty(paths.roots())) {
                throw bad(
                        "backup %s has no manifest, so --delta cannot tell which files are good"
                                .formatted(request.backup().id()),
                        "Empty %s, and restore without --delta.".formatted(directory));
            }
        }
        return manifest ? Content.REUSED : Content.REMOVED;
    }

    private static void requireEmpty(Path root, Optional<RestoreMarker> marker) throws IOException, BackupException {
        if (DurableFiles.isEmpty(root)) {
            return;
        }
        if (marker.isPresent()) {
            throw bad(
                    "%s is not empty: a restore of backup %s was broken off there, or with other tablespace folders"
                            .formatted(root, marker.get().backup()),
                    "Give the same backup and tablespaces again to resume it, empty the folder, or use --delta.");
        }
        throw bad(
                "%s is not empty".formatted(root),
                "Empty it, restore to another folder, or use --delta, which removes what is not in the backup.");
    }

    /** A folder that is no data directory, and a tablespace's that is not this one's, is nobody's to clean. */
    private static void requireOwn(RestorePaths paths, Optional<RestoreMarker> marker)
            throws IOException, BackupException {
        Path directory = paths.directory();
        if (!DurableFiles.isEmpty(directory)
                && marker.isEmpty()
                && !Files.isRegularFile(directory.resolve("PG_VERSION"))) {
            throw bad(
                    "%s is not empty and no data directory: there is no PG_VERSION".formatted(directory),
                    "--delta removes what is not in the backup. Give the data directory, or an empty folder.");
        }
        for (Map.Entry<Long, Path> tablespace : paths.tablespaces().entrySet()) {
            Path folder = tablespace.getValue();
            boolean noted = folder.equals(
                    marker.map(RestoreMarker::tablespaces).orElse(Map.of()).get(tablespace.getKey()));
            if (!DurableFiles.isEmpty(folder) && !noted && !leadsTo(directory, tablespace.getKey(), folder)) {
                throw bad(
                        "%s is not empty, and pg_tblspc/%d in %s does not lead to it"
                                .formatted(folder, tablespace.getKey(), directory),
                        "Empty it, or give another folder with --tablespace.");
            }
        }
    }

    /** Nothing of another cluster's directory is of use, and it may be the only copy. */
    private static void requireSameCluster(BackupInfo backup, Path directory) throws IOException, BackupException {
        OptionalLong found = ControlFile.systemIdentifier(directory.resolve(TarExtraction.CONTROL));
        if (found.isPresent() && found.getAsLong() != backup.systemIdentifier()) {
            throw new BackupException(
                    BackupException.Reason.OTHER_CLUSTER,
                    "%s is the data directory of another cluster: its system identifier is %s, and that of backup %s is %s"
                            .formatted(
                                    directory,
                                    Long.toUnsignedString(found.getAsLong()),
                                    backup.id(),
                                    Long.toUnsignedString(backup.systemIdentifier())),
                    "--delta would remove all of it. Give another folder, or empty this one if it is not wanted.");
        }
    }

    private static boolean leadsTo(Path directory, long oid, Path folder) throws IOException {
        Path link = directory.resolve("pg_tblspc").resolve(Long.toString(oid));
        return Files.isSymbolicLink(link) && Files.isDirectory(link) && Objects.equals(link.toRealPath(), folder);
    }

    private static boolean allEmpty(List<Path> roots) throws IOException {
        for (Path root : roots) {
            if (!DurableFiles.isEmpty(root)) {
                return false;
            }
        }
        return true;
    }

    private static BackupException bad(String message, String hint) {
        return new BackupException(BackupException.Reason.BAD_REQUEST, message, hint);
    }
}
