package io.pgsidecar.archive.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgsidecar.archive.repository.InputStreams;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AgeHeaderTest {

    private static final String VERSION = "age-encryption.org/v1\n";
    private static final String X25519 = """
            -> X25519 NKNRNDDr/0xzCUZSZQxL7ZAYFZedKBum/m8dJapt0mQ
            Hlw8tL1vohUzC+rjY2QSjP/EU888t2xxWaLWxWC1R3I
            """;
    private static final String SALT = "A".repeat(22);
    private static final String SUM = "A".repeat(43);
    private static final String DIGEST = "-> pgsidecar-sha256 %s %s\n\n".formatted(SALT, SUM);
    private static final String END = "--- " + SUM + "\n";

    private static AgeHeader read(String header) throws IOException {
        return AgeHeader.read(new ByteArrayInputStream(header.getBytes(StandardCharsets.ISO_8859_1)));
    }

    @Test
    void isReadToItsEndAndNotAByteFurther() throws IOException {
        String header = VERSION + X25519 + DIGEST + "-> x-grease a b c\n" + "B".repeat(64) + "\n\n" + END;
        InputStream in = new ByteArrayInputStream((header + "payload").getBytes(StandardCharsets.US_ASCII));
        AgeHeader read = AgeHeader.read(in);
        assertThat(read.bytes()).asString(StandardCharsets.US_ASCII).isEqualTo(header);
        assertThat(read.digest()).isPresent();
        assertThat(in.readAllBytes()).asString(StandardCharsets.US_ASCII).isEqualTo("payload");
        assertThat(read(VERSION + X25519 + END).digest()).isEmpty();
    }

    static Stream<String> whatIsNone() {
        return Stream.of(
                "",
                "\n",
                "age-encryption.org/v2\n" + X25519 + END,
                VERSION,
                VERSION + END,
                VERSION + X25519,
                VERSION + X25519 + "--- short\n",
                VERSION + X25519 + END.replace("\n", "\r\n"),
                VERSION + X25519 + "---\n",
                VERSION + "->\n\n" + END,
                VERSION + "-> a  b\n\n" + END,
                VERSION + "-> a \n\n" + END,
                VERSION + "-> X25519 ä\n\n" + END,
                VERSION + "-> X25519 a\n" + "B".repeat(65) + "\n\n" + END,
                VERSION + "-> X25519 a\n" + "B".repeat(64) + "\n" + END,
                VERSION + "-> X25519 a\nb=\n" + END,
                VERSION + X25519 + DIGEST + DIGEST + END,
                VERSION + X25519 + DIGEST.replace("\n\n", "\nAAAA\n") + END,
                VERSION + X25519 + DIGEST.replace(SALT, SALT + "A") + END,
                VERSION + X25519 + DIGEST.replace(SUM, SUM.replaceFirst("A$", "B")) + END,
                VERSION + X25519 + DIGEST.replace(SUM, SUM + " more") + END,
                VERSION + X25519 + "-> pgsidecar-sha256\n\n" + END,
                "-----BEGIN AGE ENCRYPTED FILE-----\n");
    }

    @ParameterizedTest
    @MethodSource("whatIsNone")
    void whatIsNoHeaderIsDamage(String header) {
        assertThatThrownBy(() -> read(header))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("age data is damaged");
    }

    @Test
    void anEndlessOneIsNotReadForEver() {
        assertThatThrownBy(() -> AgeHeader.read(InputStreams.endless())).hasMessageContaining("more than 32768 bytes");
        assertThatThrownBy(() -> read(VERSION + DIGEST.replace("256", "1").repeat(1000)))
                .hasMessageContaining("more than 32768 bytes");
    }

    @Test
    void anErrorOfTheSourceIsNoDamage() {
        IOException away = new IOException("away");
        byte[] some = VERSION.getBytes(StandardCharsets.US_ASCII);
        assertThatThrownBy(() -> AgeHeader.read(InputStreams.failingAfter(some, away)))
                .isSameAs(away);
    }
}
