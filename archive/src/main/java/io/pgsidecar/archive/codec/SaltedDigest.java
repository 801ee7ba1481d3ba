package io.pgsidecar.archive.codec;

import com.exceptionfactory.jagged.RecipientStanza;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * SHA-256 over a random salt and a file's content, which an encrypted object carries in its header. With it an agent
 * that holds no key tells whether the object has the same content as a file.
 *
 * <p>It is a stanza of the age header of a type of our own, which other readers pass over
 * (<a href="https://age-encryption.org/v1">age-encryption.org/v1</a>: "recipient implementations MUST ignore stanzas
 * of unknown type"). What it gives away: whoever can read the object and guesses its whole content exactly can confirm
 * the guess. The salt keeps two objects of the same content from being seen as such.
 */
public final class SaltedDigest {

    static final String STANZA = "pgsidecar-sha256";

    private static final int SALT_BYTES = 16;
    private static final int DIGEST_BYTES = 32;
    private static final int BUFFER = 256 * 1024;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final byte[] salt;
    private final byte[] digest;

    private SaltedDigest(byte[] salt, byte[] digest) {
        this.salt = salt;
        this.digest = digest;
    }

    /** Of a file's content, with a new salt. */
    public static SaltedDigest of(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return of(in);
        }
    }

    /** Of the rest of a stream, with a new salt. Closes nothing. */
    public static SaltedDigest of(InputStream content) throws IOException {
        byte[] salt = new byte[SALT_BYTES];
        RANDOM.nextBytes(salt);
        return of(salt, content);
    }

    /** Of another file's content with this one's salt: equal if the contents are. */
    public SaltedDigest sameSalt(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return of(salt, in);
        }
    }

    private static SaltedDigest of(byte[] salt, InputStream in) throws IOException {
        MessageDigest sha256;
        try {
            sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
        sha256.update(salt);
        byte[] buffer = new byte[BUFFER];
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
            sha256.update(buffer, 0, n);
        }
        return new SaltedDigest(salt, sha256.digest());
    }

    /** Empty if the arguments are not as {@link #stanza()} makes them. */
    static Optional<SaltedDigest> parse(List<String> arguments) {
        if (arguments.size() != 2) {
            return Optional.empty();
        }
        byte[] salt = decode(arguments.get(0));
        byte[] digest = decode(arguments.get(1));
        return salt.length == SALT_BYTES && digest.length == DIGEST_BYTES
                ? Optional.of(new SaltedDigest(salt, digest))
                : Optional.empty();
    }

    RecipientStanza stanza() {
        List<String> arguments = List.of(encode(salt), encode(digest));
        return new RecipientStanza() {
            @Override
            public String getType() {
                return STANZA;
            }

            @Override
            public List<String> getArguments() {
                return arguments;
            }

            @Override
            public byte[] getBody() {
                return new byte[0];
            }
        };
    }

    private static String encode(byte[] bytes) {
        return Base64.getEncoder().withoutPadding().encodeToString(bytes);
    }

    private static byte[] decode(String text) {
        try {
            byte[] bytes = Base64.getDecoder().decode(text);
            return encode(bytes).equals(text) ? bytes : new byte[0];
        } catch (IllegalArgumentException e) {
            return new byte[0];
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof SaltedDigest that
                && MessageDigest.isEqual(salt, that.salt)
                && MessageDigest.isEqual(digest, that.digest);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(digest);
    }

    /** In hexadecimal, without the salt. */
    @Override
    public String toString() {
        return HexFormat.of().formatHex(digest);
    }
}
