package io.pgsidecar.archive.repository.filesystem;

import io.pgsidecar.archive.repository.ObjectInfo;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStoreException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * Walks folders in the order of keys, and keeps of each folder on the way down only its own entries: a stream of
 * streams would hold a whole subtree once somebody takes its iterator.
 */
final class ObjectListing implements Iterator<ObjectInfo> {

    /** Asked again whenever a folder is not found: without a root nobody can tell what it holds. */
    @FunctionalInterface
    interface RootCheck {
        void requireRoot() throws ObjectStoreException;
    }

    private record Entry(Path path, ObjectKey key, BasicFileAttributes attributes) {
        /** A folder's objects have keys that go on with a slash, which is where they sort. */
        byte[] order() {
            return (attributes.isDirectory() ? key + "/" : key.value()).getBytes(StandardCharsets.UTF_8);
        }
    }

    /** A folder on the way down. */
    private record Level(@Nullable Object fileKey, Iterator<Entry> entries) {}

    private final RootCheck root;
    private final Deque<Level> levels = new ArrayDeque<>();
    private @Nullable ObjectInfo next;

    private ObjectListing(RootCheck root) {
        this.root = root;
    }

    /** The objects below a folder; its own entries are read now, those of folders in it when the stream comes there. */
    static Stream<ObjectInfo> below(Path folder, ObjectKey key, RootCheck root) throws ObjectStoreException {
        ObjectListing listing = new ObjectListing(root);
        listing.enter(folder, key);
        return StreamSupport.stream(
                Spliterators.spliteratorUnknownSize(
                        listing, Spliterator.ORDERED | Spliterator.DISTINCT | Spliterator.NONNULL),
                false);
    }

    @Override
    public boolean hasNext() {
        while (next == null && !levels.isEmpty()) {
            Iterator<Entry> entries = levels.element().entries();
            if (!entries.hasNext()) {
                levels.pop();
                continue;
            }
            Entry entry = entries.next();
            if (entry.attributes().isDirectory()) {
                try {
                    enter(entry.path(), entry.key());
                } catch (ObjectStoreException e) {
                    throw new UncheckedIOException(e);
                }
            } else {
                next = new ObjectInfo(
                        entry.key(),
                        entry.attributes().size(),
                        entry.attributes().lastModifiedTime().toInstant());
            }
        }
        return next != null;
    }

    @Override
    public ObjectInfo next() {
        ObjectInfo found = hasNext() ? next : null;
        if (found == null) {
            throw new NoSuchElementException();
        }
        next = null;
        return found;
    }

    private void enter(Path folder, ObjectKey key) throws ObjectStoreException {
        List<Entry> entries = new ArrayList<>();
        try {
            Object fileKey =
                    Files.readAttributes(folder, BasicFileAttributes.class).fileKey();
            // A link to a folder above would list the same files for ever, under ever longer keys.
            if (fileKey != null && levels.stream().anyMatch(l -> fileKey.equals(l.fileKey()))) {
                return;
            }
            try (DirectoryStream<Path> paths = Files.newDirectoryStream(folder)) {
                for (Path path : paths) {
                    entry(path, key).ifPresent(entries::add);
                }
            }
            entries.sort((a, b) -> Arrays.compareUnsigned(a.order(), b.order()));
            levels.push(new Level(fileKey, entries.iterator()));
        } catch (NoSuchFileException | NotDirectoryException e) {
            root.requireRoot();
        } catch (DirectoryIteratorException e) {
            IOException cause = Objects.requireNonNull(e.getCause(), "it always has one");
            throw FilesystemErrors.translate("cannot list", folder, cause);
        } catch (IOException e) {
            throw FilesystemErrors.translate("cannot list", folder, e);
        }
    }

    private static Optional<Entry> entry(Path path, ObjectKey parent) throws IOException {
        String name = path.getFileName().toString();
        if (parent.isRoot() && name.equals(TemporaryFiles.FOLDER)) {
            return Optional.empty();
        }
        try {
            ObjectKey key = parent.child(name);
            // Where the process's character set cannot express a name, another one is shown in its place.
            if (!path.resolveSibling(name).equals(path)) {
                return Optional.empty();
            }
            BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
            if (!attributes.isRegularFile() && !attributes.isDirectory()) {
                return Optional.empty();
            }
            return Optional.of(new Entry(path, key, attributes));
        } catch (NoSuchFileException e) {
            return Optional.empty(); // Removed since, or a link to nowhere.
        } catch (IOException e) {
            throw FilesystemErrors.translate("cannot read", path, e);
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // A name that no key can have: nothing of ours.
        }
    }
}
