package io.pgsidecar.archive.codec;

import com.exceptionfactory.jagged.PayloadException;
import com.exceptionfactory.jagged.RecipientStanzaReader;
import com.exceptionfactory.jagged.RecipientStanzaWriter;
import com.exceptionfactory.jagged.UnsupportedRecipientStanzaException;
import com.exceptionfactory.jagged.framework.stream.StandardDecryptingChannelFactory;
import com.exceptionfactory.jagged.framework.stream.StandardEncryptingChannelFactory;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.ReadableByteChannel;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Encryption on this side of the store, in the format of age with X25519 keys, so that the program {@code age} of any
 * distribution reads it. To write takes the recipients' public keys only: a pod that archives and never restores has no
 * key that can read. Memory is bounded: age encrypts in chunks of 64 KiB. Safe for several threads.
 *
 * @see <a href="https://age-encryption.org/v1">The format</a>
 */
public final class Encryption {

    /** Nothing is encrypted, and nothing encrypted can be read. */
    public static final Encryption NONE = new Encryption(null, null);

    private static final int BUFFER = 64 * 1024;

    private final @Nullable Recipients recipients;
    private final @Nullable Identities identities;

    private Encryption(@Nullable Recipients recipients, @Nullable Identities identities) {
        this.recipients = recipients;
        this.identities = identities;
    }

    /**
     * With the keys that are at hand.
     *
     * @param recipients for whom to encrypt; empty: what is written is not encrypted
     * @param identities to decrypt with; empty where nothing is restored
     */
    public static Encryption of(Optional<Recipients> recipients, Optional<Identities> identities) {
        return new Encryption(recipients.orElse(null), identities.orElse(null));
    }

    /** Whether what is written is to be encrypted. */
    public boolean encrypts() {
        return recipients != null;
    }

    /**
     * A stream that encrypts into another. To close it writes the end, unless a write has failed; the other stays
     * open. As with {@link Compression#compress} only the caller can keep what an error left from being taken for whole.
     *
     * @param digest of the file that will be read from what is encrypted; {@link #digest} reads it back
     * @throws IllegalStateException if it has no recipients
     */
    public OutputStream encrypt(OutputStream out, SaltedDigest digest) throws IOException {
        return encrypt(out, List.of(fileKey -> List.of(digest.stanza())));
    }

    /**
     * The same for what nobody will compare with a file: there is no digest in its header.
     *
     * @throws IllegalStateException if it has no recipients
     */
    public OutputStream encrypt(OutputStream out) throws IOException {
        return encrypt(out, List.of());
    }

    private OutputStream encrypt(OutputStream out, List<RecipientStanzaWriter> besides) throws IOException {
        if (recipients == null) {
            throw new IllegalStateException("there is no recipient to encrypt for");
        }
        List<RecipientStanzaWriter> writers = new ArrayList<>();
        try {
            writers.addAll(recipients.writers());
            writers.addAll(besides);
            return new EncryptedOutput(
                    new StandardEncryptingChannelFactory().newEncryptingChannel(new KeptOpenChannel(out), writers));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            // A file of recipients that was sound when the agent started.
            throw new IOException("cannot encrypt: " + e.getMessage(), e);
        }
    }

    /**
     * A stream that decrypts another. To close it closes the other; if this method throws, the other stays open.
     *
     * <p>Input that is cut off, altered or longer than it should be is an {@link IOException} here or while reading: not
     * before the end is it known to be whole. An error of the other stream comes through as it is.
     *
     * @throws NoKeyException if no key at hand opens it
     */
    public InputStream decrypt(InputStream in) throws IOException {
        InputStream buffered = new BufferedInputStream(in, BUFFER);
        AgeHeader header = AgeHeader.read(buffered);
        if (identities == null) {
            throw new NoKeyException(
                    "it is encrypted with age, and there is no identity to decrypt it with",
                    "Set encryption.identityFile where restores happen.",
                    null);
        }
        List<RecipientStanzaReader> readers = identities.readers();
        try {
            ReadableByteChannel decrypted = new StandardDecryptingChannelFactory()
                    .newDecryptingChannel(new SourceChannel(header.bytes(), buffered), readers);
            return new DecryptedInput(decrypted, in);
        } catch (PayloadException e) {
            throw AgeHeader.damaged("it ends behind its header", e);
        } catch (GeneralSecurityException | RuntimeException e) {
            throw failure(identities, readers.size(), e);
        }
    }

    /**
     * The digest in the header of an encrypted object, for which no key is needed; empty if another program has
     * encrypted it. Closes nothing.
     *
     * @throws IOException if it is no header of an age file
     */
    public static Optional<SaltedDigest> digest(InputStream in) throws IOException {
        return AgeHeader.read(new BufferedInputStream(in, BUFFER)).digest();
    }

    private static IOException failure(Identities identities, int keys, Exception e) {
        if (e instanceof UnsupportedRecipientStanzaException && !(keys > 1 && aKeyFits(e))) {
            return new NoKeyException(
                    "none of the %d keys in %s opens it: it is encrypted for others, or its header is damaged"
                            .formatted(keys, identities.file()),
                    "Add the secret key of a recipient that was in use when it was stored; keep old keys after a rotation."
                            + " The file is read again at the next try.",
                    e);
        }
        return AgeHeader.damaged("its header was altered, or it ends behind it", e);
    }

    /** One of several keys opened the header, and then it did not fit: that is damage, and no question of keys. */
    private static boolean aKeyFits(Exception e) {
        for (Throwable ofOneKey : e.getSuppressed()) {
            if (!(ofOneKey instanceof UnsupportedRecipientStanzaException)) {
                return true;
            }
        }
        return false;
    }
}
