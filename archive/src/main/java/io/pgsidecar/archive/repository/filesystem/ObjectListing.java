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
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Walks folders in the order of keys, and reads each one when it comes to it. (Nested streams would do, but Java's
 * {@code flatMap} keeps all that is inside when its iterator is asked for.)
 *
 * <p>Links are followed, except back to a folder that the walk is in: that would never end. What is neither a file nor
 * a folder, or has a name that no key has, is nothing of the store's.
 */
final class ObjectListing implements Iterator<ObjectInfo> {

    /**
     * What is in a folder: a file with its size and time, or another folder.
     *
     * @param order what it sorts by: a folder's objects have keys that go on with a slash
     */
    private record Entry(String name, String order, boolean folder, long size, Instant lastModified) {
        static Entry of(String name, BasicFileAttributes a) {
            return new Entry(
                    name,
                    a.isDirectory() ? name + "/" : name,
                    a.isDirectory(),
                    a.size(),
                    a.lastModifiedTime().toInstant());
        }
    }

    private record Level(
            Path folder, ObjectKey key, @Nullable Object identity, Iterator<Entry> entries) {}

    private final StoreRoot root;
    private final Deque<Level> levels = new ArrayDeque<>();
    private @Nullable ObjectInfo next;

    /** Begins a listing, and reads its first folder. */
    ObjectListing(StoreRoot root, ObjectKey prefix) throws IOException {
        this.root = root;
        root.require();
        enter(root.folder(prefix), prefix);
    }

    @Override
    public boolean hasNext() {
        try {
            while (next == null && !levels.isEmpty()) {
                advance();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return next != null;
    }

    @Override
    public ObjectInfo next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        ObjectInfo found = Objects.requireNonNull(next);
        next = null;
        return found;
    }

    private void advance() throws IOException {
        Level level = levels.getLast();
        if (!level.entries().hasNext()) {
            levels.removeLast();
            return;
        }
        Entry entry = level.entries().next();
        ObjectKey key = level.key().child(entry.name());
        if (entry.folder()) {
            enter(level.folder().resolve(entry.name()), key);
        } else {
            next = new ObjectInfo(key, entry.size(), entry.lastModified());
        }
    }

    private void enter(Path folder, ObjectKey key) throws IOException {
        List<Entry> entries = new ArrayList<>();
        @Nullable Object identity;
        try {
            identity = Files.readAttributes(folder, BasicFileAttributes.class).fileKey();
            if (identity != null && levels.stream().anyMatch(l -> identity.equals(l.identity()))) {
                return;
            }
            try (DirectoryStream<Path> paths = Files.newDirectoryStream(folder)) {
                for (Path path : paths) {
                    entry(path, key).ifPresent(entries::add);
                }
            } catch (DirectoryIteratorException e) {
                throw Objects.requireNonNull(e.getCause(), "it always has one");
            }
        } catch (NoSuchFileException | NotDirectoryException e) {
            root.provesAbsent(folder); // Throws where it may be there and only cannot be reached.
            return;
        } catch (IOException e) {
            throw FilesystemErrors.translate("cannot list", folder, e);
        }
        entries.sort(Comparator.comparing(Entry::order, ObjectListing::compareAsKeys));
        levels.addLast(new Level(folder, key, identity, entries.iterator()));
    }

    private Optional<Entry> entry(Path path, ObjectKey parent) throws IOException {
        String name = path.getFileName().toString();
        if (!isPartOfAKey(path, name, parent)) {
            return Optional.empty();
        }
        try {
            BasicFileAttributes a = Files.readAttributes(path, BasicFileAttributes.class);
            return a.isRegularFile() || a.isDirectory() ? Optional.of(Entry.of(name, a)) : Optional.empty();
        } catch (NoSuchFileException e) {
            root.provesAbsent(path); // Removed since, which is fine, unless it is a link to what is not mounted.
            return Optional.empty();
        } catch (IOException e) {
            throw FilesystemErrors.translate("cannot read", path, e);
        }
    }

    private static boolean isPartOfAKey(Path path, String name, ObjectKey parent) throws ObjectStoreException {
        ObjectKey key;
        try {
            key = parent.child(name);
        } catch (IllegalArgumentException e) {
            return false;
        }
        try {
            // Bytes that are not UTF-8 become a replacement character, which names another file.
            return !StoreRoot.isReserved(key) && path.resolveSibling(name).equals(path);
        } catch (InvalidPathException e) {
            throw StoreRoot.inexpressible(name, e);
        }
    }

    /** As {@link ObjectKey} does, of which the order is no value: it ends with a slash. */
    private static int compareAsKeys(String a, String b) {
        return Arrays.compareUnsigned(a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));
    }
}
