package io.pgsidecar.archive.repository.azure;

import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.ObjectStoreException.Reason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A small file that somebody else may replace at any time. It is read whole each time: a time stamp may stay the same
 * over a change, and the file is small. While it cannot be read, what was read last counts, since tools that rotate
 * secrets may remove a file before they write the next. Thread-safe.
 */
final class SecretFile {

    private static final Logger log = LoggerFactory.getLogger(SecretFile.class);

    private final String setting;
    private final Path path;
    private @Nullable String last;
    private boolean warned;

    /**
     * Nothing is read yet.
     *
     * @param setting what it is, for messages
     */
    SecretFile(String setting, Path path) {
        this.setting = setting;
        this.path = path;
    }

    /** The content, without white space around it. Never empty. */
    synchronized String read() throws ObjectStoreException {
        String problem;
        try {
            String content = Files.readString(path, StandardCharsets.UTF_8).strip();
            if (!content.isEmpty()) {
                last = content;
                warned = false;
                return content;
            }
            problem = "is empty";
        } catch (NoSuchFileException e) {
            problem = "does not exist";
        } catch (IOException e) {
            problem = "cannot be read: " + e;
        }
        if (last == null) {
            throw refused(problem);
        }
        if (!warned) {
            warned = true;
            log.warn("{} {} {}; what it held before stays in use", setting, path, problem);
        }
        return last;
    }

    /** The error that says what is wrong with the file. Its content is never part of it. */
    ObjectStoreException refused(String problem) {
        return new ObjectStoreException(Reason.DENIED, "%s %s %s".formatted(setting, path, problem), null);
    }
}
