package io.pgsidecar.archive.repository.filesystem;

import io.pgsidecar.archive.repository.Content;
import io.pgsidecar.archive.repository.ObjectExistsException;
import io.pgsidecar.archive.repository.ObjectInfo;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectNotFoundException;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.ObjectStoreException.Reason;
import io.pgsidecar.archive.repository.ObjectWriter;
import io.pgsidecar.archive.repository.PutMode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Collection;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Objects as files: temporary file, sync, link or rename, sync of the folder. Folders that become empty stay: to remove
 * one could take it away under a writer that has just made it.
 */
final class FilesystemObjectStore implements ObjectStore {

    private static final int BUFFER = 128 * 1024;

    private final Path root;
    private final HardLinks hardLinks;
    private final Folders folders;
    private final TemporaryFiles temporary;

    FilesystemObjectStore(Path root, HardLinks hardLinks) {
        this.root = root;
        this.hardLinks = hardLinks;
        this.folders = new Folders(root);
        this.temporary = new TemporaryFiles(root, folders);
    }

    void sweep() {
        temporary.sweep();
    }

    @Override
    public Optional<ObjectInfo> stat(ObjectKey key) throws IOException {
        Path file = path(key);
        try {
            BasicFileAttributes a = Files.readAttributes(file, BasicFileAttributes.class);
            return a.isRegularFile()
                    ? Optional.of(
                            new ObjectInfo(key, a.size(), a.lastModifiedTime().toInstant()))
                    : Optional.empty();
        } catch (IOException e) {
            if (saysAbsent(file, e)) {
                return Optional.empty();
            }
            throw FilesystemErrors.translate("cannot read", file, e);
        }
    }

    @Override
    public InputStream open(ObjectKey key, long offset) throws IOException {
        Path file = path(key);
        if (stat(key).isEmpty()) {
            throw new ObjectNotFoundException(key, null);
        }
        FileChannel channel;
        try {
            channel = FileChannel.open(file, StandardOpenOption.READ);
        } catch (IOException e) {
            if (saysAbsent(file, e)) {
                throw new ObjectNotFoundException(key, e);
            }
            throw FilesystemErrors.translate("cannot read", file, e);
        }
        try {
            if (offset < 0 || offset > channel.size()) {
                throw new IllegalArgumentException(
                        "offset %d is outside %s, which has %d bytes".formatted(offset, key, channel.size()));
            }
            channel.position(offset);
            return new FilesystemInput(file, Channels.newInputStream(channel));
        } catch (IOException e) {
            channel.close();
            throw FilesystemErrors.translate("cannot read", file, e);
        } catch (RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    @Override
    public void put(ObjectKey key, Content content, PutMode mode) throws IOException {
        try (ObjectWriter writer = newWriter(key, mode)) {
            long copied;
            try (InputStream in = content.openStream()) {
                copied = copy(in, writer.stream(), content.length());
            }
            if (copied != content.length()) {
                throw new IOException("the content of %s was to have %d bytes and has %s"
                        .formatted(key, content.length(), copied > content.length() ? "more" : copied));
            }
            writer.commit();
        }
    }

    @Override
    public ObjectWriter newWriter(ObjectKey key, PutMode mode) throws IOException {
        Path file = path(key);
        requireRoot();
        try {
            return new FilesystemWriter(
                    temporary.newFile(), written -> publish(written, key, file, mode), temporary::sweep);
        } catch (IOException e) {
            throw FilesystemErrors.translate("cannot write", file, e);
        }
    }

    @Override
    public Stream<ObjectInfo> list(ObjectKey prefix) throws IOException {
        requireRoot();
        return ObjectListing.below(prefix.isRoot() ? root : path(prefix), prefix, this::requireRoot);
    }

    @Override
    public void delete(Collection<ObjectKey> keys) throws IOException {
        Set<Path> touched = new HashSet<>();
        for (ObjectKey key : keys) {
            Path file = path(key);
            if (stat(key).isPresent()) {
                try {
                    Files.deleteIfExists(file);
                } catch (IOException e) {
                    throw FilesystemErrors.translate("cannot delete", file, e);
                }
                touched.add(Folders.parent(file));
            }
        }
        for (Path folder : touched) {
            try {
                Folders.sync(folder);
            } catch (IOException e) {
                throw FilesystemErrors.translate("cannot sync", folder, e);
            }
        }
    }

    @Override
    public void ensureDurable(ObjectKey key) throws IOException {
        Path file = path(key);
        if (stat(key).isEmpty()) {
            throw new ObjectNotFoundException(key, null);
        }
        try {
            folders.makeDurable(file);
        } catch (NoSuchFileException e) {
            throw new ObjectNotFoundException(key, e);
        } catch (IOException e) {
            throw FilesystemErrors.translate("cannot sync", file, e);
        }
    }

    @Override
    public void close() {}

    /** At most one buffer more than there should be: content that never ends must not fill the disk. */
    private static long copy(InputStream in, OutputStream out, long length) throws IOException {
        byte[] buffer = new byte[BUFFER];
        long copied = 0;
        for (int n = in.read(buffer); n >= 0 && copied <= length; n = in.read(buffer)) {
            out.write(buffer, 0, n);
            copied += n;
        }
        return copied;
    }

    private void publish(Path written, ObjectKey key, Path file, PutMode mode) throws IOException {
        requireRoot();
        try {
            folders.create(Folders.parent(file));
            if (Files.isDirectory(file)) {
                throw new ObjectStoreException(
                        Reason.OTHER, "%s is a folder, so no object can have that name".formatted(file), null);
            }
            if (mode == PutMode.CREATE) {
                create(written, file);
            } else {
                Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
            }
            Folders.sync(Folders.parent(file));
        } catch (FileAlreadyExistsException e) {
            if (!file.toString().equals(e.getFile()) || !Files.isRegularFile(file)) {
                throw new ObjectStoreException(
                        Reason.OTHER,
                        "a file has the name of a folder that %s needs: %s".formatted(key, e.getFile()),
                        e);
            }
            folders.makeDurable(file);
            throw new ObjectExistsException(key, e);
        }
        PageCache.drop(file);
    }

    private void create(Path written, Path file) throws IOException {
        try {
            hardLinks.link(file, written);
        } catch (FileAlreadyExistsException | NoSuchFileException e) {
            throw e;
        } catch (UnsupportedOperationException e) {
            createWithoutLinks(written, file);
        } catch (FileSystemException e) {
            // Whether links work is the file system's property. Were it decided by an error that passes (a full disk),
            // this process would rename over what another has just linked.
            if (linksWork(written)) {
                throw e;
            }
            createWithoutLinks(written, file);
        }
    }

    private boolean linksWork(Path written) throws IOException {
        Path second = temporary.newFile();
        try {
            hardLinks.link(second, written);
            return true;
        } catch (UnsupportedOperationException | FileSystemException e) {
            return false;
        } finally {
            Files.deleteIfExists(second);
        }
    }

    /** Some network and FUSE file systems have no hard links. A rename alone would replace what is there. */
    private void createWithoutLinks(Path written, Path file) throws IOException {
        synchronized (FilesystemObjectStore.class) { // Java's file locks are between processes only.
            try (FileChannel channel =
                    FileChannel.open(temporary.createLock(), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                channel.lock(); // Until the channel is closed, or this process is gone.
                if (Files.exists(file)) {
                    throw new FileAlreadyExistsException(file.toString());
                }
                Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
            }
        }
    }

    private Path path(ObjectKey key) throws ObjectStoreException {
        if (key.isRoot()) {
            throw new IllegalArgumentException("the root is no object");
        }
        if (key.parts().getFirst().equals(TemporaryFiles.FOLDER)) {
            throw new IllegalArgumentException(key + " is among the store's temporary files");
        }
        try {
            return root.resolve(key.value());
        } catch (InvalidPathException e) {
            throw new ObjectStoreException(
                    Reason.OTHER,
                    "no file can be named %s here: %s. Is the locale one with UTF-8, such as LANG=C.UTF-8?"
                            .formatted(key, e.getReason()),
                    e);
        }
    }

    /** Whether the error means that there is no such object. Without a root it means that nobody can tell. */
    private boolean saysAbsent(Path file, IOException e) throws ObjectStoreException {
        if (e instanceof NoSuchFileException || belowAFile(file, e)) {
            requireRoot();
            return true;
        }
        return false;
    }

    /** {@code a/b} where {@code a} is an object: "Not a directory" to the system, an absent object to a store. */
    private boolean belowAFile(Path file, IOException e) {
        if (!(e instanceof FileSystemException)) {
            return false;
        }
        for (Path p = Folders.parent(file); !p.equals(root); p = Folders.parent(p)) {
            if (Files.isRegularFile(p)) {
                return true;
            }
        }
        return false;
    }

    private void requireRoot() throws ObjectStoreException {
        if (!Files.isDirectory(root)) {
            throw FilesystemErrors.noFolder(root);
        }
    }
}
