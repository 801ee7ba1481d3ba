package io.pgsidecar.archive.backup;

import io.pgsidecar.archive.codec.Encryption;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.Repository;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * Makes a data directory of a backup.
 *
 * <p>No server can start in one that is half done: {@code global/pg_control} gets its name last, after all else is on
 * the disk. Until then a marker lies there, and the same restore begun again goes on with the files that are good.
 */
public final class Restore {

    private static final String LABEL = "backup_label";
    private static final String CORRUPT_HINT =
            "Restore another backup, or this one from another repository (--repository).";

    /** Their content is never copied; a server wants some of them to be there. */
    private static final List<String> FOLDERS = List.of(
            "global",
            "pg_dynshmem",
            "pg_notify",
            "pg_replslot",
            "pg_serial",
            "pg_snapshots",
            "pg_stat_tmp",
            "pg_subtrans",
            "pg_tblspc",
            "pg_wal",
            "pg_wal/archive_status");

    private final ObjectStore store;
    private final Repository layout;
    private final Encryption encryption;

    /**
     * Restores from a repository.
     *
     * @param encryption with the keys for what is encrypted
     */
    public Restore(ObjectStore store, Repository layout, Encryption encryption) {
        this.store = store;
        this.layout = layout;
        this.encryption = encryption;
    }

    /**
     * The backup of which a restore was broken off in a directory, so that no server can start there; empty if there is
     * none. It can be gone on with.
     */
    public static Optional<BackupId> brokenOff(Path directory) throws IOException {
        if (Files.exists(directory.resolve(TarExtraction.CONTROL))) {
            return Optional.empty();
        }
        try {
            return RestoreMarker.read(directory).map(marker -> new BackupId(marker.backup()));
        } catch (IllegalArgumentException e) {
            throw new IOException("%s is damaged: %s".formatted(RestoreMarker.FILE, e.getMessage()), e);
        }
    }

    /** Whether a directory is absent or has nothing in it but what a new volume has. */
    public static boolean isEmpty(Path directory) throws IOException {
        return DurableFiles.isEmpty(directory);
    }

    /** What is found before anything is changed. */
    private record Checked(
            BackupTars backup,
            Optional<Manifest> manifest,
            List<BackupTars.Tar> tars,
            RestorePaths paths,
            RestoreFolders.Content content,
            ExistingFiles existing) {}

    /**
     * Looks whether the restore can begin; changes nothing.
     *
     * @throws BackupException as {@link #run} would throw it
     */
    public void check(RestoreRequest request) throws BackupException {
        try {
            Checked ignored = checked(request);
        } catch (IOException e) {
            throw new BackupException(
                    BackupException.Reason.FAILED,
                    "cannot restore to %s: %s".formatted(request.directory(), e),
                    "Mend it; nothing was changed.",
                    e);
        }
    }

    /** Restores, or goes on with a restore that was broken off. */
    public RestoreReport run(RestoreRequest request, BeforeControl beforeControl, RestoreProgress progress)
            throws BackupException, InterruptedException {
        try {
            return restore(request, beforeControl, progress);
        } catch (IOException e) {
            throw new BackupException(
                    BackupException.Reason.FAILED,
                    "cannot restore to %s: %s".formatted(request.directory(), e),
                    "Mend it, and run the same command again: it goes on where it stopped.",
                    e);
        }
    }

    private RestoreReport restore(RestoreRequest request, BeforeControl beforeControl, RestoreProgress progress)
            throws BackupException, IOException, InterruptedException {
        Checked checked = checked(request);
        BackupInfo info = request.backup();
        Optional<Manifest> manifest = checked.manifest();
        RestorePaths paths = checked.paths();
        ExistingFiles existing = checked.existing();
        Set<String> reused = checked.content() == RestoreFolders.Content.REUSED
                ? reusable(existing, manifest.orElseThrow(), request.readers())
                : Set.of();

        // From here on the directory is changed.
        begin(info.id(), paths);
        existing.keepOnly(reused);
        RestoredBytes bytes = new RestoredBytes(progress, total(info, manifest));
        long reusedBytes = manifest.stream()
                .flatMap(each -> each.files().values().stream())
                .filter(file -> reused.contains(file.path()))
                .mapToLong(BackedUpFile::size)
                .sum();
        bytes.add(reusedBytes);
        TarExtraction extraction = new TarExtraction(checked.backup(), paths, manifest, reused, bytes);
        InParallel.run(
                request.readers(),
                checked.tars().stream()
                        .filter(tar -> isWanted(tar, manifest, reused))
                        .toList(),
                extraction::extract);
        requireAll(info, manifest, paths, reused, extraction);
        finish(paths, extraction, beforeControl);
        long writtenBytes = extraction.written().values().stream()
                .mapToLong(Long::longValue)
                .sum();
        return new RestoreReport(
                extraction.written().size() + reused.size(),
                writtenBytes + reusedBytes,
                reused.size(),
                reusedBytes,
                manifest.isPresent());
    }

    private Checked checked(RestoreRequest request) throws BackupException, IOException {
        BackupInfo info = request.backup();
        BackupTars backup = new BackupTars(store, layout, info.id(), encryption);
        Optional<Manifest> manifest = backup.manifest();
        List<BackupTars.Tar> tars = CompleteTars.check(backup.tars(), info, manifest);
        RestorePaths paths = RestorePaths.of(request);
        if (manifest.isPresent()) {
            for (String path : manifest.get().files().keySet()) {
                paths.of(path);
            }
        }
        RestoreFolders.Content content = RestoreFolders.check(request, paths, manifest.isPresent());
        ExistingFiles existing = new ExistingFiles(paths);
        RestoreRoom.require(needed(info, manifest, paths, existing));
        return new Checked(backup, manifest, tars, paths, content, existing);
    }

    private static long total(BackupInfo info, Optional<Manifest> manifest) {
        return manifest.map(each -> each.files().values().stream()
                        .mapToLong(BackedUpFile::size)
                        .sum())
                .orElse(info.clusterSize().orElse(0L));
    }

    /** Bytes that each folder will grow by. Without a manifest nobody knows how much a tablespace has of it. */
    private static Map<Path, Long> needed(
            BackupInfo info, Optional<Manifest> manifest, RestorePaths paths, ExistingFiles existing)
            throws IOException, BackupException {
        Map<Path, Long> needed = new HashMap<>();
        if (manifest.isPresent()) {
            for (BackedUpFile file : manifest.get().files().values()) {
                Path path = paths.of(file.path());
                Path root = paths.roots().stream()
                        .filter(path::startsWith)
                        .findFirst()
                        .orElse(paths.directory());
                needed.merge(root, file.size(), Long::sum);
            }
        } else if (paths.tablespaces().isEmpty()) {
            needed.put(paths.directory(), info.clusterSize().orElse(0L));
        }
        for (Path root : List.copyOf(needed.keySet())) {
            needed.merge(root, -existing.bytes(root), Long::sum);
        }
        return needed;
    }

    private static Set<String> reusable(ExistingFiles existing, Manifest manifest, int readers)
            throws BackupException, InterruptedException {
        Set<String> reusable = ConcurrentHashMap.newKeySet();
        // A directory that has it could be started in.
        List<BackedUpFile> files = manifest.files().values().stream()
                .filter(file -> !file.path().equals(TarExtraction.CONTROL))
                .toList();
        InParallel.run(readers, files, file -> {
            try {
                if (existing.has(file)) {
                    reusable.add(file.path());
                }
            } catch (IOException e) {
                throw new BackupException(
                        BackupException.Reason.FAILED,
                        "cannot read %s: %s".formatted(file.path(), e),
                        "Nothing was changed.",
                        e);
            }
        });
        return reusable;
    }

    /** The first part of each has the folders. */
    private static boolean isWanted(BackupTars.Tar tar, Optional<Manifest> manifest, Set<String> reused) {
        if (manifest.isEmpty() || tar.name().part() == 0) {
            return true;
        }
        return manifest.get().files().values().stream()
                .anyMatch(file -> file.tar().equals(tar.name().name()) && !reused.contains(file.path()));
    }

    private static void begin(BackupId id, RestorePaths paths) throws IOException {
        for (Path root : paths.roots()) {
            DurableFiles.folder(root);
            DurableFiles.restrict(root);
        }
        Path directory = paths.directory();
        RestoreMarker.of(id, paths).write(directory);
        // What is changed must not be started in, whatever it was before.
        if (Files.deleteIfExists(directory.resolve(TarExtraction.CONTROL))) {
            DurableFiles.sync(directory.resolve("global"));
        }
    }

    private static void requireAll(
            BackupInfo info,
            Optional<Manifest> manifest,
            RestorePaths paths,
            Set<String> reused,
            TarExtraction extraction)
            throws IOException, BackupException {
        Set<String> there = new HashSet<>(reused);
        there.addAll(extraction.written().keySet());
        List<String> missing = new ArrayList<>();
        manifest.ifPresent(each -> each.files().keySet().stream()
                .filter(path -> !there.contains(path))
                .forEach(missing::add));
        if (!there.contains(LABEL) && info.label().isPresent()) {
            DurableFiles.replace(
                    paths.directory().resolve(LABEL), info.label().get().getBytes(StandardCharsets.UTF_8));
            there.add(LABEL);
        }
        for (String path : List.of("PG_VERSION", LABEL, TarExtraction.CONTROL)) {
            if (!there.contains(path) && !missing.contains(path)) {
                missing.add(path);
            }
        }
        if (!missing.isEmpty()) {
            throw new BackupException(
                    BackupException.Reason.CORRUPT,
                    "%d files are missing from the tars of backup %s: %s"
                            .formatted(
                                    missing.size(),
                                    info.id(),
                                    missing.stream().limit(5).collect(Collectors.joining(", "))),
                    CORRUPT_HINT);
        }
    }

    private static void finish(RestorePaths paths, TarExtraction extraction, BeforeControl beforeControl)
            throws IOException, BackupException {
        Path directory = paths.directory();
        for (String folder : FOLDERS) {
            DurableFiles.folder(directory.resolve(folder));
        }
        for (Map.Entry<Long, Path> tablespace : paths.tablespaces().entrySet()) {
            Path link =
                    directory.resolve("pg_tblspc").resolve(tablespace.getKey().toString());
            // Made as a folder by a tar that has it.
            Files.deleteIfExists(link);
            Files.createSymbolicLink(link, tablespace.getValue());
        }
        Path control = extraction.control();
        beforeControl.complete(directory, Files.readAllBytes(control));
        for (Path root : paths.roots()) {
            DurableFiles.syncTree(root);
            DurableFiles.syncParent(root);
        }
        Path target = directory.resolve(TarExtraction.CONTROL);
        DurableFiles.rename(control, target);
        RestoreMarker.remove(directory);
    }
}
