package io.pgsidecar.archive.repository.filesystem;

import io.pgsidecar.archive.repository.Content;
import io.pgsidecar.archive.repository.ObjectExistsException;
import io.pgsidecar.archive.repository.ObjectInfo;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectNotFoundException;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.ObjectWriter;
import io.pgsidecar.archive.repository.PutMode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * Objects as files: temporary file, sync, link or rename, sync of the folder. Folders that become empty stay: to remove
 * one could take it away under a writer that has just made it.
 */
final class FilesystemObjectStore implements ObjectStore {

    private final StoreRoot root;
    private final Folders folders;
    private final TemporaryFiles temporary;
    private final Publication publication;
    private final AtomicBoolean swept = new AtomicBoolean();

    FilesystemObjectStore(Path folder, HardLinks hardLinks) {
        this.root = new StoreRoot(folder);
        this.folders = new Folders(folder);
        this.temporary = new TemporaryFiles(folder, folders);
        this.publication = new Publication(root, hardLinks, folders, temporary);
    }

    @Override
    public Optional<ObjectInfo> stat(ObjectKey key) throws IOException {
        Path file = root.file(key);
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
    public List<ObjectInfo> variants(ObjectKey stem, Collection<String> endings) throws IOException {
        List<ObjectInfo> found = new ArrayList<>();
        for (String ending : new HashSet<>(endings)) {
            stat(stem.withEnding(ending)).ifPresent(found::add);
        }
        found.sort(Comparator.comparing(ObjectInfo::key));
        return found;
    }

    @Override
    public InputStream open(ObjectKey key, long offset) throws IOException {
        Path file = requireObject(key); // Before it is opened: to open a pipe would wait for a writer.
        try {
            FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
            try {
                if (offset < 0 || offset > channel.size()) {
                    throw new IllegalArgumentException(
                            "offset %d is outside %s, which has %d bytes".formatted(offset, key, channel.size()));
                }
                channel.position(offset);
                return new FilesystemInput(file, channel);
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
        } catch (IOException e) {
            if (saysAbsent(file, e)) {
                throw new ObjectNotFoundException(key, e);
            }
            throw FilesystemErrors.translate("cannot read", file, e);
        }
    }

    @Override
    public void put(ObjectKey key, Content content, PutMode mode) throws IOException {
        if (mode == PutMode.CREATE && isThereDurably(key)) { // It is the commit that decides; this saves the writing.
            throw new ObjectExistsException(key, null);
        }
        try (ObjectWriter writer = newWriter(key, mode)) {
            content.copyTo(writer.stream(), key);
            writer.commit();
        }
    }

    @Override
    public ObjectWriter newWriter(ObjectKey key, PutMode mode) throws IOException {
        Path file = root.file(key);
        root.require();
        if (!swept.getAndSet(true)) {
            temporary.sweep();
        }
        try {
            return new FilesystemWriter(
                    temporary.newFile(), file, written -> publication.publish(written, key, mode), temporary::sweep);
        } catch (IOException e) {
            if (FilesystemErrors.full(e)) {
                temporary.sweep();
            }
            throw FilesystemErrors.translate("cannot write", file, e);
        }
    }

    @Override
    public Stream<ObjectInfo> list(ObjectKey prefix) throws IOException {
        return StreamSupport.stream(
                Spliterators.spliteratorUnknownSize(
                        new ObjectListing(root, prefix),
                        Spliterator.ORDERED | Spliterator.DISTINCT | Spliterator.NONNULL),
                false);
    }

    @Override
    public void delete(Collection<ObjectKey> keys) throws IOException {
        Set<Path> touched = new HashSet<>();
        for (ObjectKey key : keys) {
            if (stat(key).isPresent()) { // A folder would be removed too, if it is empty.
                Path file = root.file(key);
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
        Path file = requireObject(key);
        try {
            folders.makeDurable(file);
        } catch (IOException e) {
            if (saysAbsent(file, e)) {
                throw new ObjectNotFoundException(key, e);
            }
            throw FilesystemErrors.translate("cannot sync", file, e);
        }
    }

    @Override
    public void close() {}

    private boolean isThereDurably(ObjectKey key) throws IOException {
        try {
            ensureDurable(key);
            return true;
        } catch (ObjectNotFoundException e) {
            return false;
        }
    }

    private Path requireObject(ObjectKey key) throws IOException {
        if (stat(key).isEmpty()) {
            throw new ObjectNotFoundException(key, null);
        }
        return root.file(key);
    }

    private boolean saysAbsent(Path file, IOException e) throws ObjectStoreException {
        // "Not a directory" has no type of its own in Java. Whatever else it may be, a missing right is not absence.
        return e instanceof FileSystemException && (root.provesAbsent(file) || e instanceof NoSuchFileException);
    }
}
