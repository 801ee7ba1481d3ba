package io.pgsidecar.archive.codec;

import com.exceptionfactory.jagged.x25519.X25519KeyPairGenerator;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A pair of keys for tests. */
public record AgeKey(String recipient, String identity) {

    public static AgeKey generate() {
        try {
            KeyPair pair = new X25519KeyPairGenerator().generateKeyPair();
            return new AgeKey(
                    new String(pair.getPublic().getEncoded(), StandardCharsets.US_ASCII),
                    new String(pair.getPrivate().getEncoded(), StandardCharsets.US_ASCII));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Writes an identity file, as age-keygen does. */
    public static Path write(Path file, AgeKey... keys) throws IOException {
        return Files.write(
                file,
                Stream.of(keys)
                        .flatMap(key -> Stream.of("# public key: " + key.recipient(), key.identity(), ""))
                        .toList());
    }

    /** What a pod has that only archives. */
    public static Encryption onlyFor(AgeKey... keys) throws IOException {
        return Encryption.of(
                Optional.of(Recipients.of(Stream.of(keys).map(AgeKey::recipient).toList(), Optional.empty())),
                Optional.empty());
    }

    /** What a pod has that restores too. */
    public static Encryption with(Path identityFile, AgeKey... recipients) throws IOException {
        return Encryption.of(
                recipients.length == 0
                        ? Optional.empty()
                        : Optional.of(Recipients.of(
                                List.of(recipients).stream()
                                        .map(AgeKey::recipient)
                                        .toList(),
                                Optional.empty())),
                Optional.of(new Identities(identityFile)));
    }
}
