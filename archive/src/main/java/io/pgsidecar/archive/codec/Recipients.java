package io.pgsidecar.archive.codec;

import com.exceptionfactory.jagged.FileKey;
import com.exceptionfactory.jagged.RecipientStanzaWriter;
import com.exceptionfactory.jagged.x25519.X25519RecipientStanzaWriterFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * For whom to encrypt: public keys of age's X25519 kind, {@code age1…}. Whoever has the secret key of any one of them
 * can read what is written. Safe for several threads.
 */
public final class Recipients {

    /** What is written must stay readable: {@link AgeHeader} has a bound, and each recipient takes a hundred bytes of it. */
    private static final int MAX = 64;

    private final List<KeyLines.Line> listed;
    private final @Nullable Path file;

    private Recipients(List<KeyLines.Line> listed, @Nullable Path file) {
        this.listed = listed;
        this.file = file;
    }

    /**
     * The recipients of a list, and of a file of one a line, as {@code age -R} takes it.
     *
     * @param file read for each object that is written, so that a changed one counts at once
     * @throws IllegalArgumentException if there are none, or one is not valid; the message names it and says why
     * @throws IOException if the file cannot be read
     */
    public static Recipients of(List<String> recipients, Optional<Path> file) throws IOException {
        List<KeyLines.Line> listed = new ArrayList<>();
        for (int i = 0; i < recipients.size(); i++) {
            listed.add(
                    new KeyLines.Line("recipient " + (i + 1), recipients.get(i).strip()));
        }
        Recipients result = new Recipients(List.copyOf(listed), file.orElse(null));
        List<RecipientStanzaWriter> ignored = result.writers();
        return result;
    }

    /** New at each call: the library does not say that one is safe for several threads. */
    List<RecipientStanzaWriter> writers() throws IOException {
        List<KeyLines.Line> all = new ArrayList<>(listed);
        if (file != null) {
            all.addAll(read(file));
        }
        if (all.isEmpty()) {
            throw new IllegalArgumentException(
                    file == null ? "no recipient is given" : "%s holds no recipient".formatted(file));
        }
        if (all.size() > MAX) {
            throw new IllegalArgumentException(
                    "%d recipients are too many; %d are the most".formatted(all.size(), MAX));
        }
        Set<String> seen = new HashSet<>();
        List<RecipientStanzaWriter> writers = new ArrayList<>();
        for (KeyLines.Line line : all) {
            if (seen.add(line.key())) {
                writers.add(writer(line));
            }
        }
        return writers;
    }

    private static List<KeyLines.Line> read(Path file) throws IOException {
        try {
            return KeyLines.read(file);
        } catch (IOException e) {
            throw new IOException("the recipients' file %s cannot be read: %s".formatted(file, e), e);
        }
    }

    private static RecipientStanzaWriter writer(KeyLines.Line line) {
        if (line.key().regionMatches(true, 0, "AGE-SECRET-KEY-", 0, 15)) {
            // It must not be shown: this ends in a log.
            throw new IllegalArgumentException(
                    "%s is a secret key; here belongs the public one (age1…), and this one must not lie where archiving happens"
                            .formatted(line.place()));
        }
        try {
            RecipientStanzaWriter writer = X25519RecipientStanzaWriterFactory.newRecipientStanzaWriter(line.key());
            // Some keys are well written and still none to encrypt for.
            Object ignored = writer.getRecipientStanzas(new FileKey());
            return writer;
        } catch (GeneralSecurityException | RuntimeException e) {
            throw new IllegalArgumentException(
                    "%s, \"%s\", is no X25519 recipient of age (age1 and 58 characters, as age-keygen prints it): %s"
                            .formatted(line.place(), line.key(), e.getMessage()),
                    e);
        }
    }
}
