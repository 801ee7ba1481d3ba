package io.pgsidecar.archive.wal;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * PostgreSQL's data directory as the agent sees it: which of its files a command may name, and what they tell of the
 * cluster. It reads the disk at each call, since PostgreSQL may be installed, restored or gone while the agent runs.
 * Safe for several threads.
 */
public final class DataDirectory {

    private final Path root;

    /**
     * A directory that is read at each call.
     *
     * @param root absolute; it need not exist yet
     */
    public DataDirectory(Path root) {
        this.root = root;
    }

    /**
     * The file that {@code archive_command}'s {@code %p} names: a regular file inside the data directory.
     *
     * @param path as PostgreSQL gave it: relative to the data directory, or absolute
     */
    public Path source(String path) throws WalException {
        Path file = inside(path);
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            throw WalException.badRequest("there is no file \"%s\" in the data directory %s".formatted(path, root));
        }
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            throw WalException.badRequest("\"%s\" is not a regular file".formatted(path));
        }
        return file;
    }

    /**
     * Makes sure that a file is the one that the caller sees under the same path. A server whose
     * {@code archive_command} reaches the agent of another one would otherwise be told "archived" for that other one's
     * file of the same name, and recycle its own. Two data directories never have a segment of the same time of change
     * to the nanosecond, but for a copy that kept it; then the content is the same as well. The inode would tell too,
     * but is not the same in every container of a sandbox.
     *
     * @param seenModified when the file was last modified, in nanoseconds since 1970, as the caller sees it
     */
    void requireSeenAs(long seenModified, Path file) throws IOException, WalException {
        long modified = Files.getLastModifiedTime(file).to(TimeUnit.NANOSECONDS);
        if (modified != seenModified) {
            throw new WalException(
                    WalException.Reason.BAD_REQUEST,
                    "%s is not the file that PostgreSQL wants archived".formatted(file),
                    "It was last modified %d ns after 1970, PostgreSQL's %d ns.".formatted(modified, seenModified),
                    "Is postgres.data (%s) the data directory of the server whose archive_command this is, or do two servers call one agent?"
                            .formatted(root));
        }
    }

    /**
     * Makes sure that PostgreSQL has finished a segment of its {@code pg_wal}: it says so by {@code .ready} before it
     * calls {@code archive_command}. One that is asked for by hand while it is still written would be stored half full,
     * and the whole one would be refused ever after. A server that has never archived marks nothing; of it nobody can
     * tell.
     */
    void requireFinished(WalFileName name, Path file) throws IOException, WalException {
        if (name.kind() != WalFileName.Kind.SEGMENT || !real(wal()).equals(file.getParent())) {
            return;
        }
        Path status = wal().resolve("archive_status");
        // In this order: the one is renamed to the other.
        if (Files.exists(status.resolve(name + ".ready")) || Files.exists(status.resolve(name + ".done"))) {
            return;
        }
        if (marksSegments(status)) {
            throw new WalException(
                    WalException.Reason.BAD_SEGMENT,
                    "WAL file %s is not finished: PostgreSQL has neither %s.ready nor %s.done in %s"
                            .formatted(name, name, name, status),
                    null,
                    "SELECT pg_switch_wal() finishes the current segment; PostgreSQL then archives it by itself.");
        }
    }

    private static boolean marksSegments(Path status) throws IOException {
        if (!Files.isDirectory(status)) {
            return false;
        }
        try (DirectoryStream<Path> marks = Files.newDirectoryStream(status)) {
            return marks.iterator().hasNext();
        }
    }

    /**
     * The place that {@code restore_command}'s {@code %p} names: inside the data directory, and no file that is there
     * and not WAL.
     */
    public Path destination(String path) throws WalException {
        Path file = inside(path);
        boolean inWal = Objects.equals(file.getParent(), real(root.resolve("pg_wal")));
        if (!inWal && Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            throw WalException.badRequest("\"%s\" exists, and outside pg_wal nothing is overwritten".formatted(path));
        }
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS) && !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            throw WalException.badRequest("\"%s\" is not a regular file".formatted(path));
        }
        return file;
    }

    /** Whether the server is to be a standby: it then streams where it can, and asks for what it misses again and again. */
    public boolean isStandby() {
        return Files.exists(root.resolve("standby.signal"));
    }

    /** Whether a recovery from the archive is under way or about to begin. PostgreSQL removes both files at its end. */
    boolean isRecovering() {
        return isStandby() || Files.exists(root.resolve("recovery.signal"));
    }

    /** Whether a destination is the one that recovery restores every segment to; pg_rewind and people have others. */
    boolean isRecoverysOwn(Path destination) throws WalException {
        return destination.equals(real(wal()).resolve("RECOVERYXLOG"));
    }

    /** Tells whether the path still leads to the same directory. */
    String identity() throws IOException {
        return String.valueOf(
                Files.readAttributes(root, BasicFileAttributes.class).fileKey());
    }

    /** Whether a folder lies in the data directory or in its {@code pg_wal}; neither need exist. */
    boolean holds(Path folder) throws IOException {
        Path real = realOfExisting(folder);
        return real.startsWith(realOfExisting(root)) || real.startsWith(realOfExisting(wal()));
    }

    /** With the links resolved in as much of the path as exists. */
    private static Path realOfExisting(Path path) throws IOException {
        Path existing = path.toAbsolutePath().normalize();
        Path missing = Path.of("");
        while (!Files.exists(existing)) {
            Path name = existing.getFileName();
            Path parent = existing.getParent();
            if (name == null || parent == null) {
                break;
            }
            missing = name.resolve(missing);
            existing = parent;
        }
        return existing.toRealPath().resolve(missing).normalize();
    }

    /** Whether there is a cluster in it already. */
    boolean holdsCluster() {
        return Files.exists(root.resolve("global/pg_control"));
    }

    /** The folder in which PostgreSQL keeps its WAL. */
    public Path wal() {
        return root.resolve("pg_wal");
    }

    /**
     * The cluster's system identifier, the first eight bytes of {@code global/pg_control}. Read from the file and not
     * asked of the server: archiving must not need a connection.
     */
    public long systemIdentifier() throws WalException {
        Path control = root.resolve("global/pg_control");
        try (InputStream in = Files.newInputStream(control)) {
            byte[] bytes = in.readNBytes(Long.BYTES);
            if (bytes.length < Long.BYTES) {
                throw new EOFException("only " + bytes.length + " bytes");
            }
            long identifier =
                    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
            if (identifier == 0) {
                throw new IOException("the system identifier is 0");
            }
            return identifier;
        } catch (NoSuchFileException e) {
            throw new WalException(
                    WalException.Reason.FAILED,
                    "the data directory %s holds no PostgreSQL cluster: there is no global/pg_control".formatted(root),
                    null,
                    "Check postgres.data: it must be PGDATA, on the same volume as in PostgreSQL's container.",
                    e);
        } catch (IOException e) {
            throw new WalException(
                    WalException.Reason.FAILED, "cannot read %s: %s".formatted(control, e.getMessage()), null, null, e);
        }
    }

    /** Bytes of a WAL segment in this cluster, read off a segment in {@code pg_wal}. */
    public long walSegmentSize() throws WalException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(wal(), "????????????????????????")) {
            for (Path file : files) {
                if (file.getFileName().toString().matches("[0-9A-F]{24}")) {
                    long size = sizeIfThere(file);
                    if (WalSegmentName.isSize(size)) {
                        return size;
                    }
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            throw new WalException(
                    WalException.Reason.FAILED, "cannot read %s: %s".formatted(wal(), e.getMessage()), null, null, e);
        }
        throw new WalException(
                WalException.Reason.FAILED,
                "there is no WAL segment in %s to tell their size".formatted(wal()),
                null,
                null);
    }

    /** PostgreSQL renames and removes segments at any time. */
    private static long sizeIfThere(Path file) throws IOException {
        try {
            return Files.size(file);
        } catch (NoSuchFileException e) {
            return -1;
        }
    }

    private Path inside(String given) throws WalException {
        Path path;
        try {
            path = Path.of(given);
        } catch (InvalidPathException e) {
            throw WalException.badRequest("\"%s\" is not a path: %s".formatted(given, e.getReason()));
        }
        for (Path part : path) {
            if (part.toString().equals("..")) {
                throw WalException.badRequest("\"%s\" has \"..\" in it".formatted(given));
            }
        }
        Path name = path.getFileName();
        if (name == null || given.isEmpty()) {
            throw WalException.badRequest("\"%s\" names no file".formatted(given));
        }
        Path folder = real(Objects.requireNonNull(root.resolve(path).getParent(), "it has a name, so it has a parent"));
        // initdb --waldir makes pg_wal a link, to another volume: the one link out that PostgreSQL itself makes.
        if (!folder.startsWith(real(root)) && !folder.equals(real(wal()))) {
            throw WalException.badRequest("\"%s\" is outside the data directory %s".formatted(given, root));
        }
        return folder.resolve(name);
    }

    /** With links resolved, so that what is compared is where a file really lies. */
    private static Path real(Path folder) throws WalException {
        try {
            return folder.toRealPath();
        } catch (NoSuchFileException e) {
            throw WalException.badRequest("there is no folder %s".formatted(folder));
        } catch (IOException e) {
            throw new WalException(
                    WalException.Reason.FAILED, "cannot read %s: %s".formatted(folder, e.getMessage()), null, null, e);
        }
    }
}
