package io.pgsidecar.archive.repository.filesystem;

import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.ObjectStoreException.Reason;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** The one place where the operating system's errors become the store's. */
final class FilesystemErrors {

    private FilesystemErrors() {}

    /**
     * The store's error.
     *
     * @param doing what failed, as in "cannot write"
     */
    static ObjectStoreException translate(String doing, Path path, IOException e) {
        if (e instanceof ObjectStoreException already) {
            return already;
        }
        return new ObjectStoreException(reason(e), "%s %s: %s".formatted(doing, path, words(e)), e);
    }

    static ObjectStoreException noFolder(Path root) {
        return new ObjectStoreException(
                Reason.UNAVAILABLE,
                (Files.exists(root)
                                ? "%s is not a folder, so it cannot be a repository"
                                : "the repository's folder %s does not exist; mount its volume or create it")
                        .formatted(root),
                null);
    }

    /** Whether the error says that the disk or a quota is full. Java has no type for it: the system's words must do. */
    static boolean full(IOException e) {
        String words = words(e).toLowerCase(Locale.ROOT);
        return words.contains("no space left") || words.contains("quota exceeded");
    }

    private static Reason reason(IOException e) {
        if (e instanceof AccessDeniedException || words(e).contains("Read-only file system")) {
            return Reason.DENIED;
        }
        return Reason.UNAVAILABLE;
    }

    private static String words(IOException e) {
        if (e instanceof AccessDeniedException) {
            return "Permission denied";
        }
        if (e instanceof FileSystemException f && f.getReason() != null) {
            return f.getReason();
        }
        return e.getMessage() == null ? e.toString() : e.getMessage();
    }
}
