package io.pgsidecar.archive.backup;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The files of a cluster that belong into a backup, in its data directory and its tablespaces. What PostgreSQL itself
 * leaves out ({@code basebackup.c}) is left out here. Files are listed a folder at a time, so that hundreds of
 * thousands take no memory. Safe for several threads.
 */
final class ClusterFiles {

    private static final Set<String> CONTENT_LEFT_OUT = Set.of(
            "pg_wal",
            "pg_wal/archive_status",
            "pg_replslot",
            "pg_dynshmem",
            "pg_notify",
            "pg_serial",
            "pg_snapshots",
            "pg_stat_tmp",
            "pg_subtrans");
    private static final Set<String> LEFT_OUT = Set.of(
            "postmaster.pid",
            "postmaster.opts",
            "postgresql.auto.conf.tmp",
            "current_logfiles.tmp",
            "recovery.signal",
            "standby.signal",
            "backup_label",
            "backup_label.old",
            "tablespace_map",
            "tablespace_map.old",
            "backup_manifest");
    private static final Pattern TEMPORARY = Pattern.compile("t\\d+_\\d+(_(fsm|vm|init))?(\\.\\d+)?");
    private static final Pattern RELATION = Pattern.compile("(\\d+)(?:_(fsm|vm|init))?(?:\\.\\d+)?");

    /**
     * A folder whose files belong to one tar or another.
     *
     * @param path below the data directory; empty for itself
     * @param tablespace whose it is; empty for the data directory
     */
    record Folder(Path folder, String path, Optional<Tablespace> tablespace) {}

    /**
     * A file to back up.
     *
     * @param path below the data directory
     */
    record Source(Path file, String path, Optional<Tablespace> tablespace) {

        /** Its name in a tar: a tablespace's tar is relative to the tablespace. */
        String nameInTar() {
            return tablespace
                    .map(t -> path.substring(("pg_tblspc/" + t.oid() + "/").length()))
                    .orElse(path);
        }
    }

    private final List<Folder> folders;
    private final List<Path> skipped;
    private final long files;
    private final long bytes;
    private final Deque<Folder> left;
    private final Deque<Source> next = new ArrayDeque<>();

    private ClusterFiles(List<Folder> folders, List<Path> skipped, long files, long bytes) {
        this.folders = List.copyOf(folders);
        this.skipped = List.copyOf(skipped);
        this.files = files;
        this.bytes = bytes;
        // The tablespaces first: the data directory's last tar is then the last of all.
        this.left = new ArrayDeque<>();
        folders.stream().filter(f -> f.tablespace().isPresent()).forEach(left::add);
        folders.stream().filter(f -> f.tablespace().isEmpty()).forEach(left::add);
    }

    /** Walks the cluster once: its folders, and how much there is. */
    static ClusterFiles of(Path data, List<Tablespace> tablespaces) throws IOException {
        Walk walk = new Walk();
        walk.all(data, "", Optional.empty());
        for (Tablespace tablespace : tablespaces) {
            String path = "pg_tblspc/" + tablespace.oid();
            Path root = data.resolve(path);
            if (!Files.isDirectory(root)) {
                throw new IOException(
                        "tablespace \"%s\" is not at %s: the agent must see it under the same path as PostgreSQL (%s)"
                                .formatted(tablespace.name(), root, tablespace.location()));
            }
            walk.all(root.toRealPath(), path, Optional.of(tablespace));
        }
        return new ClusterFiles(walk.folders, walk.skipped, walk.files, walk.bytes);
    }

    /** Parents before their children. */
    List<Folder> folders() {
        return folders;
    }

    /** Links and devices, which no backup has. */
    List<Path> skipped() {
        return skipped;
    }

    /** How many files there were at the walk. */
    long files() {
        return files;
    }

    /** How much there was at the walk. */
    long bytes() {
        return bytes;
    }

    /** The next file; empty after the last. {@code global/pg_control} is not among them: it is to be read last. */
    synchronized Optional<Source> next() throws IOException {
        while (next.isEmpty() && !left.isEmpty()) {
            Folder folder = left.removeFirst();
            for (Path file : filesOf(folder)) {
                next.add(new Source(file, below(folder.path(), file), folder.tablespace()));
            }
        }
        return Optional.ofNullable(next.pollFirst());
    }

    private static List<Path> filesOf(Folder folder) throws IOException {
        List<Path> all = new ArrayList<>();
        if (CONTENT_LEFT_OUT.contains(folder.path())) {
            return all;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder.folder())) {
            for (Path file : files) {
                if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                    all.add(file);
                }
            }
        } catch (NoSuchFileException e) {
            return List.of(); // a database that was dropped
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        Set<String> unlogged = unlogged(all);
        all.removeIf(file -> isLeftOut(folder.path(), name(file), unlogged));
        return all;
    }

    /** The numbers of the relations that are emptied at the start after a crash: only their {@code _init} fork counts. */
    private static Set<String> unlogged(List<Path> files) {
        Set<String> numbers = new HashSet<>();
        for (Path file : files) {
            String name = name(file);
            if (name.endsWith("_init") && RELATION.matcher(name).matches()) {
                numbers.add(name.substring(0, name.indexOf('_')));
            }
        }
        return numbers;
    }

    static boolean isLeftOut(String folder, String name, Set<String> unlogged) {
        if ((folder.isEmpty() && LEFT_OUT.contains(name))
                || (folder.equals("global") && name.equals("pg_control"))
                || name.startsWith("pgsql_tmp")
                || name.startsWith("pg_internal.init")
                || TEMPORARY.matcher(name).matches()) {
            return true;
        }
        Matcher relation = RELATION.matcher(name);
        return relation.matches() && unlogged.contains(relation.group(1)) && !"init".equals(relation.group(2));
    }

    /** Whether a file has pages with checksums. */
    static boolean hasPages(String path) {
        int slash = path.lastIndexOf('/');
        return (path.startsWith("base/") || path.startsWith("global/") || path.startsWith("pg_tblspc/"))
                && RELATION.matcher(path.substring(slash + 1)).matches();
    }

    /** Which file of its relation it is, from 0: of {@code 16384_fsm.2} it is 2. */
    static long segmentOf(String path) {
        int dot = path.lastIndexOf('.');
        return dot > path.lastIndexOf('/') ? Long.parseLong(path.substring(dot + 1)) : 0;
    }

    private static String below(String folder, Path file) {
        return folder.isEmpty() ? name(file) : folder + "/" + name(file);
    }

    private static String name(Path file) {
        return String.valueOf(file.getFileName());
    }

    private static final class Walk {

        private final List<Folder> folders = new ArrayList<>();
        private final List<Path> skipped = new ArrayList<>();
        private long files;
        private long bytes;

        void all(Path root, String prefix, Optional<Tablespace> tablespace) throws IOException {
            Files.walkFileTree(root, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                    String path = path(folder);
                    if (name(folder).startsWith("pgsql_tmp") || name(folder).equals("lost+found")) {
                        return FileVisitResult.SKIP_SUBTREE;
                    }
                    folders.add(new Folder(folder, path, tablespace));
                    if (path.equals("pg_wal")) {
                        folders.add(new Folder(folder.resolve("archive_status"), "pg_wal/archive_status", tablespace));
                        return FileVisitResult.SKIP_SUBTREE;
                    }
                    return CONTENT_LEFT_OUT.contains(path) ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    String path = path(file);
                    if (attributes.isRegularFile()) {
                        files++;
                        bytes += attributes.size();
                    } else if (path.equals("pg_wal")) {
                        folders.add(new Folder(file, path, tablespace)); // a link, by initdb --waldir
                        folders.add(new Folder(file.resolve("archive_status"), "pg_wal/archive_status", tablespace));
                    } else if (!path.startsWith("pg_tblspc/")) {
                        skipped.add(file);
                    }
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                    if (e instanceof NoSuchFileException) {
                        return FileVisitResult.CONTINUE;
                    }
                    throw e;
                }

                private String path(Path file) {
                    String below = root.relativize(file).toString();
                    return prefix.isEmpty() ? below : below.isEmpty() ? prefix : prefix + "/" + below;
                }
            });
        }
    }
}
