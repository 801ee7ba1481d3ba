package io.pgsidecar.archive.repository.filesystem;

import io.pgsidecar.archive.repository.ObjectInfo;
import io.pgsidecar.archive.repository.ObjectKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** Reads folders lazily, one at a time, in the order of keys. */
final class ObjectListing {

    /** No key has more parts than bytes for them; a loop of links ends here. */
    private static final int MAX_DEPTH = 64;

    private ObjectListing() {}

    static Stream<ObjectInfo> below(Path folder, ObjectKey key) {
        return entries(folder, key, 0);
    }

    private record Entry(Path path, ObjectKey key, BasicFileAttributes attributes) {
        /** A folder's objects have keys that go on with a slash, which is where they sort. */
        ObjectKey firstKey() {
            return attributes.isDirectory() ? key.child("!") : key;
        }
    }

    private static Stream<ObjectInfo> entries(Path folder, ObjectKey key, int depth) {
        List<Entry> entries = new ArrayList<>();
        try (DirectoryStream<Path> paths = Files.newDirectoryStream(folder)) {
            for (Path path : paths) {
                entry(path, key).ifPresent(entries::add);
            }
        } catch (NoSuchFileException | NotDirectoryException e) {
            return Stream.empty();
        } catch (DirectoryIteratorException e) {
            IOException cause = Objects.requireNonNull(e.getCause(), "it always has one");
            throw new UncheckedIOException(FilesystemErrors.translate("cannot list", folder, cause));
        } catch (IOException e) {
            throw new UncheckedIOException(FilesystemErrors.translate("cannot list", folder, e));
        }
        entries.sort(Comparator.comparing(Entry::firstKey));
        return entries.stream().flatMap(e -> {
            if (!e.attributes().isDirectory()) {
                return Stream.of(new ObjectInfo(
                        e.key(),
                        e.attributes().size(),
                        e.attributes().lastModifiedTime().toInstant()));
            }
            return depth < MAX_DEPTH ? entries(e.path(), e.key(), depth + 1) : Stream.empty();
        });
    }

    private static Optional<Entry> entry(Path path, ObjectKey parent) throws IOException {
        String name = path.getFileName().toString();
        if (parent.isRoot() && name.equals(TemporaryFiles.FOLDER)) {
            return Optional.empty();
        }
        try {
            BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
            return attributes.isRegularFile() || attributes.isDirectory()
                    ? Optional.of(new Entry(path, parent.child(name), attributes))
                    : Optional.empty();
        } catch (NoSuchFileException e) {
            return Optional.empty(); // Removed since, or a link to nowhere.
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // A name that no key can have: nothing of ours.
        }
    }
}
