package io.pgsidecar.archive.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys as people write them: what is wrong is named, by its place, and no secret is shown. */
class KeysTest {

    @TempDir
    private Path folder;

    private final AgeKey key = AgeKey.generate();

    @Test
    void recipientsOfAListAndAFileAreAllTaken() throws IOException {
        String second = AgeKey.generate().recipient();
        Path file = Files.writeString(
                folder.resolve("recipients"), "# two of them\r\n\n  %s \r\n%s".formatted(second, key.recipient()));
        assertThat(Recipients.of(List.of(key.recipient()), Optional.of(file)).writers())
                .as("one twice")
                .hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "age1",
                "age1nonsense",
                "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN",
                "age1yubikey1q2w7u3vpya839jxxuq8g0sedh3d740d4xvn639sqhr95ejj8vu3hyfumptt",
                // The neutral element: well written, and no key.
                "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq5cu47z"
            })
    void aBadRecipientIsNamed(String bad) throws IOException {
        assertThatThrownBy(() -> Recipients.of(List.of(key.recipient(), bad), Optional.empty()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("recipient 2")
                .hasMessageContaining("\"" + bad + "\"")
                .hasMessageContaining("age1 and 58 characters");
    }

    @Test
    void aTypingErrorInARecipientIsFoundAndItsLineNamed() throws IOException {
        char last = key.recipient().charAt(61);
        String mistyped = key.recipient().substring(0, 61) + (last == 'q' ? 'p' : 'q');
        Path file = Files.writeString(folder.resolve("recipients"), "# mine\n" + mistyped + "\n");
        assertThatThrownBy(() -> Recipients.of(List.of(), Optional.of(file)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(file + ", line 2")
                .hasMessageContaining("checksum");
    }

    @Test
    void aSecretKeyIsRefusedAsARecipientAndNotShown() {
        for (String secret : List.of(key.identity(), key.identity().toLowerCase(Locale.ROOT))) {
            assertThatThrownBy(() -> Recipients.of(List.of(secret), Optional.empty()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("is a secret key")
                    .satisfies(e -> assertThat(e.toString()).doesNotContain(secret.substring(20, 30)));
        }
    }

    @Test
    void noRecipientOrTooManyAreRefused() throws IOException {
        Path empty = Files.writeString(folder.resolve("empty"), "# none\n");
        assertThatThrownBy(() -> Recipients.of(List.of(), Optional.empty())).hasMessageContaining("no recipient");
        assertThatThrownBy(() -> Recipients.of(List.of(), Optional.of(empty)))
                .hasMessageContaining("holds no recipient");
        assertThatThrownBy(() -> Recipients.of(List.of(), Optional.of(folder.resolve("absent"))))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("absent");
        List<String> many = IntStream.range(0, 65)
                .mapToObj(i -> AgeKey.generate().recipient())
                .toList();
        assertThatThrownBy(() -> Recipients.of(many, Optional.empty())).hasMessageContaining("65 recipients");
        assertThat(Recipients.of(many.subList(0, 64), Optional.empty()).writers())
                .hasSize(64);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "# only words\n", "nonsense", "AGE-SECRET-KEY-1QQQ", "AGE-PLUGIN-YUBIKEY-1QQPQQ"})
    void anIdentityFileThatIsNoneNamesTheLineAndShowsNothingOfIt(String content) throws IOException {
        Path file = Files.writeString(folder.resolve("identities"), "# first\n" + content + "\n");
        assertThatThrownBy(() -> new Identities(file).readers())
                .isInstanceOf(NoKeyException.class)
                .hasMessageContaining(file.toString())
                .satisfies(e -> {
                    assertThat(((NoKeyException) e).hint()).contains("age-keygen");
                    if (content.endsWith("Q") || content.equals("nonsense")) {
                        assertThat(e).hasMessageContaining("line 2");
                        assertThat(e.getMessage()).doesNotContain(content);
                    }
                });
    }

    @Test
    void aFileThatIsNoKeyFileIsNotReadToItsEnd() throws IOException {
        Path large = Files.write(folder.resolve("large"), new byte[100_000]);
        assertThatThrownBy(() -> new Identities(large).readers())
                .isInstanceOf(NoKeyException.class)
                .hasMessageContaining("more than 65536 bytes");
    }
}
