package io.pgsidecar.archive.repository.filesystem;

import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.ObjectStoreException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Set;

/** The folder that holds a store: which file a key stands for, and whether anything can be said of it. */
record StoreRoot(Path path) {

    /** Names directly below the root that are no objects: the store's own, and what ext4 puts into each volume. */
    private static final Set<String> RESERVED = Set.of(TemporaryFiles.FOLDER, "lost+found");

    static boolean isReserved(ObjectKey key) {
        return !key.isRoot() && RESERVED.contains(key.parts().getFirst());
    }

    /** The file of an object. */
    Path file(ObjectKey key) throws ObjectStoreException {
        if (key.isRoot()) {
            throw new IllegalArgumentException("the root of a store is no object");
        }
        return resolve(key);
    }

    /** The folder of a prefix. */
    Path folder(ObjectKey prefix) throws ObjectStoreException {
        return prefix.isRoot() ? path : resolve(prefix);
    }

    /** Fails where the root is not there: nothing can then be said to be absent, and nothing may be made. */
    void require() throws ObjectStoreException {
        try {
            if (!Files.readAttributes(path, BasicFileAttributes.class).isDirectory()) {
                throw FilesystemErrors.noFolder(path, "is not a folder");
            }
        } catch (NoSuchFileException | NotDirectoryException e) {
            throw FilesystemErrors.noFolder(path, "does not exist");
        } catch (IOException e) {
            throw FilesystemErrors.translate("cannot read", path, e);
        }
    }

    /**
     * Whether nothing can be under the name: some folder on the way, or the file itself, is missing, or a file stands
     * where a folder would have to be. Asked after an error, since "No such file" alone proves nothing: the root may be
     * gone, or a link on the way may lead to a volume that is not mounted.
     */
    boolean provesAbsent(Path file) throws ObjectStoreException {
        require();
        Path p = path;
        for (Path part : path.relativize(file)) {
            p = p.resolve(part);
            BasicFileAttributes attributes;
            try {
                attributes = Files.readAttributes(p, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            } catch (NoSuchFileException e) {
                return true;
            } catch (IOException e) {
                throw FilesystemErrors.translate("cannot read", p, e);
            }
            if (attributes.isSymbolicLink()) {
                attributes = follow(p);
            }
            if (!attributes.isDirectory() && !p.equals(file)) {
                return true;
            }
        }
        return false;
    }

    private static BasicFileAttributes follow(Path link) throws ObjectStoreException {
        try {
            return Files.readAttributes(link, BasicFileAttributes.class);
        } catch (NoSuchFileException e) {
            throw FilesystemErrors.linkToNowhere(link, e);
        } catch (IOException e) {
            throw FilesystemErrors.translate("cannot follow the link", link, e);
        }
    }

    private Path resolve(ObjectKey key) throws ObjectStoreException {
        if (isReserved(key)) {
            throw new IllegalArgumentException(
                    "object key begins with a name that the store keeps for itself: \"" + key + "\"");
        }
        try {
            return path.resolve(key.value());
        } catch (InvalidPathException e) {
            throw inexpressible(key.value(), e);
        }
    }

    /** Java takes the encoding of file names from the locale, and containers often have none. */
    static ObjectStoreException inexpressible(String name, InvalidPathException e) {
        return new ObjectStoreException(
                Reason.OTHER,
                "this process cannot name the file \"%s\": its locale's encoding is %s; start it with LC_ALL=C.UTF-8"
                        .formatted(name, System.getProperty("sun.jnu.encoding")),
                e);
    }
}
