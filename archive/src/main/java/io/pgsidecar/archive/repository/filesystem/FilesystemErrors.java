package io.pgsidecar.archive.repository.filesystem;

import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.ObjectStoreException.Reason;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * The one place where the operating system's errors become the store's. Java has types for a few of them; for the
 * others the system's words must do. A system that speaks another language than English gets the reason
 * {@code UNAVAILABLE}, which never is the dangerous one.
 */
final class FilesystemErrors {

    private static final List<String> FULL = List.of("no space left", "quota exceeded");
    private static final List<String> DENIED = List.of("read-only file system", "operation not permitted");
    private static final List<String> OTHER_FILE_SYSTEM = List.of("cross-device link");
    private static final List<String> NO_LINKS =
            List.of("operation not permitted", "not supported", "function not implemented");

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
        if (e instanceof AtomicMoveNotSupportedException || says(e, OTHER_FILE_SYSTEM)) {
            return new ObjectStoreException(
                    Reason.OTHER,
                    ("%s %s: it is on another file system than the repository's folder, so no file can be put there at"
                                    + " once; a repository must be on one file system")
                            .formatted(doing, path),
                    e);
        }
        Reason reason = e instanceof AccessDeniedException || says(e, DENIED) ? Reason.DENIED : Reason.UNAVAILABLE;
        return new ObjectStoreException(reason, "%s %s: %s".formatted(doing, path, words(e)), e);
    }

    static ObjectStoreException noFolder(Path root, String what) {
        return new ObjectStoreException(
                Reason.UNAVAILABLE,
                "the repository's folder %s %s; mount its volume or create it".formatted(root, what),
                null);
    }

    static ObjectStoreException linkToNowhere(Path link, IOException e) {
        return new ObjectStoreException(
                Reason.UNAVAILABLE,
                "the link %s leads nowhere; mount what it should lead to, or remove it".formatted(link),
                e);
    }

    /** Whether the error says that the disk or a quota is full. */
    static boolean full(IOException e) {
        return says(e, FULL);
    }

    /** Whether the error says that the file system cannot do hard links at all. No other failure may count as that. */
    static boolean noHardLinks(IOException e) {
        return says(e, NO_LINKS);
    }

    private static boolean says(IOException e, List<String> phrases) {
        String words = words(e).toLowerCase(Locale.ROOT);
        return phrases.stream().anyMatch(words::contains);
    }

    private static String words(IOException e) {
        return switch (e) {
            case AccessDeniedException ignored -> "Permission denied";
            case NoSuchFileException ignored -> "No such file or directory";
            case FileAlreadyExistsException ignored -> "File exists";
            case FileSystemException f when f.getReason() != null -> f.getReason();
            default -> e.getMessage() == null ? e.toString() : e.getMessage();
        };
    }
}
