package io.pgsidecar.archive.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real {@code age}, in both directions: what is encrypted must be readable without this program. */
class AgeProgramIT {

    private static final int[] LENGTHS = {0, 1, 65_535, 65_536, 65_537, 131_072, 1_000_000, 16 << 20};

    @TempDir
    private Path folder;

    private final AgeKey key = AgeKey.generate();

    @BeforeAll
    static void program() throws Exception {
        for (String program : List.of("age", "age-keygen", "zstd")) {
            try {
                new ProcessBuilder(program, "--version").start().waitFor();
            } catch (IOException e) {
                assumeTrue(false, program + " is not installed");
            }
        }
    }

    @Test
    void ageReadsWhatIsWrittenInSpiteOfAStanzaThatItDoesNotKnow() throws Exception {
        Path identity = AgeKey.write(folder.resolve("identity"), key);
        for (int length : LENGTHS) {
            byte[] content = TestData.content(length);
            Path encrypted = folder.resolve("x.age");
            Files.write(encrypted, encrypt(AgeKey.onlyFor(AgeKey.generate(), key), content, content));
            assertThat(run("age -d -i %s %s".formatted(identity, encrypted)))
                    .as("%d bytes", length)
                    .isEqualTo(content);
        }
    }

    @Test
    void ageAndZstdReadACompressedOne() throws Exception {
        Path identity = AgeKey.write(folder.resolve("identity"), key);
        byte[] content = TestData.content(16 << 20);
        Path encrypted = folder.resolve("x.zst.age");
        Files.write(encrypted, encrypt(AgeKey.onlyFor(key), content, TestData.compress(Compression.ZSTD, content)));
        assertThat(run("age -d -i %s %s | zstd -d".formatted(identity, encrypted)))
                .isEqualTo(content);
    }

    @Test
    void whatAgeWritesIsReadAndHasNoDigest() throws Exception {
        Path identity = folder.resolve("identity");
        run("age-keygen -o %s 2>/dev/null".formatted(identity));
        String recipient = new String(run("age-keygen -y " + identity), StandardCharsets.US_ASCII).strip();
        Encryption encryption = Encryption.of(Optional.empty(), Optional.of(new Identities(identity)));
        for (int length : LENGTHS) {
            byte[] content = TestData.content(length);
            Path file = Files.write(folder.resolve("content"), content);
            byte[] encrypted =
                    run("age -r %s -r %s %s".formatted(AgeKey.generate().recipient(), recipient, file));
            try (InputStream in = encryption.decrypt(new ByteArrayInputStream(encrypted))) {
                assertThat(in.readAllBytes()).as("%d bytes", length).isEqualTo(content);
            }
            assertThat(Encryption.digest(new ByteArrayInputStream(encrypted))).isEmpty();
        }
    }

    @Test
    void theKeysOfAgeKeygenAreTakenForRecipientsToo() throws Exception {
        Path identity = folder.resolve("identity");
        run("age-keygen -o %s 2>/dev/null".formatted(identity));
        Path recipients = folder.resolve("recipients");
        run("age-keygen -y %s > %s".formatted(identity, recipients));
        byte[] content = TestData.content(1000);
        Encryption encryption =
                Encryption.of(Optional.of(Recipients.of(List.of(), Optional.of(recipients))), Optional.empty());
        Path encrypted = Files.write(folder.resolve("x.age"), encrypt(encryption, content, content));
        assertThat(run("age -d -i %s %s".formatted(identity, encrypted))).isEqualTo(content);
    }

    private byte[] encrypt(Encryption encryption, byte[] file, byte[] content) throws IOException {
        SaltedDigest digest = SaltedDigest.of(Files.write(folder.resolve("file"), file));
        ByteArrayOutputStream encrypted = new ByteArrayOutputStream();
        try (OutputStream out = encryption.encrypt(encrypted, digest)) {
            out.write(content);
        }
        return encrypted.toByteArray();
    }

    private static byte[] run(String script) throws Exception {
        Process process = new ProcessBuilder("sh", "-eu", "-c", script)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        byte[] output = process.getInputStream().readAllBytes();
        assertThat(process.waitFor()).as(script).isZero();
        return output;
    }
}
