package io.pgsidecar.archive.codec;

import com.exceptionfactory.jagged.RecipientStanzaReader;
import com.exceptionfactory.jagged.x25519.X25519RecipientStanzaReaderFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The secret keys that open what was encrypted: a file as {@code age-keygen} writes it, with one or several
 * {@code AGE-SECRET-KEY-1…} lines. It is read for each object that is opened, so that a key that is added counts at
 * once, and none stays in memory. Safe for several threads.
 */
public final class Identities {

    private final Path file;

    /** @param file need not be there yet */
    public Identities(Path file) {
        this.file = file;
    }

    Path file() {
        return file;
    }

    /** New at each call: the library does not say that one is safe for several threads. */
    List<RecipientStanzaReader> readers() throws NoKeyException {
        List<KeyLines.Line> lines;
        try {
            lines = KeyLines.read(file);
        } catch (IOException e) {
            throw unusable("the identity file %s cannot be read: %s".formatted(file, e), e);
        }
        if (lines.isEmpty()) {
            throw unusable("the identity file %s holds no key".formatted(file), null);
        }
        List<RecipientStanzaReader> readers = new ArrayList<>();
        for (KeyLines.Line line : lines) {
            readers.add(reader(line));
        }
        return readers;
    }

    private static RecipientStanzaReader reader(KeyLines.Line line) throws NoKeyException {
        try {
            return X25519RecipientStanzaReaderFactory.newRecipientStanzaReader(line.key());
        } catch (GeneralSecurityException | RuntimeException e) {
            // Neither the key nor what the library says of it, which may show a part: this ends in a log.
            throw unusable("%s: this is no X25519 identity of age".formatted(line.place()), null);
        }
    }

    private static NoKeyException unusable(String message, @Nullable IOException cause) {
        return new NoKeyException(
                message,
                "It must hold AGE-SECRET-KEY-1… lines, as age-keygen writes them, and be readable to the agent's user; it is"
                        + " read again at the next try.",
                cause);
    }
}
