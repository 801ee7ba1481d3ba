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
import java.util.Objects;

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
