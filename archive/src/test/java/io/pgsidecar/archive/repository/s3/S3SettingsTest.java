package io.pgsidecar.archive.repository.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgsidecar.archive.repository.s3.S3Settings.Checksums;
import io.pgsidecar.archive.repository.s3.S3Settings.ConditionalCreate;
import io.pgsidecar.archive.repository.s3.S3Settings.Connection;
import io.pgsidecar.archive.repository.s3.S3Settings.Credentials;
import io.pgsidecar.archive.repository.s3.S3Settings.Encryption;
import io.pgsidecar.archive.repository.s3.S3Settings.Timeouts;
import io.pgsidecar.archive.repository.s3.S3Settings.Writing;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class S3SettingsTest {

    private static final Path FILE = Path.of("/run/secrets/s3");

    @Test
    void defaults() {
        assertThat(S3Settings.of("wal-archive"))
                .isEqualTo(new S3Settings(
                        "wal-archive",
                        "",
                        new Connection(null, null, null, null, null),
                        new Credentials(null, null, null, null),
                        new Encryption(Encryption.Kind.NONE, null, null),
                        new Writing(null, Map.of(), Checksums.WHEN_REQUIRED, ConditionalCreate.AUTO, 5 << 20),
                        new Timeouts(Duration.ofSeconds(5), Duration.ofSeconds(30), Duration.ofSeconds(100), 5)));
    }

    @Test
    void theBucketIsInThePathWhereAnEndpointIsGivenUnlessToldOtherwise() {
        URI endpoint = URI.create("https://minio:9000");
        assertThat(Connection.DEFAULT.usesPathStyle()).isFalse();
        assertThat(new Connection(endpoint, null, null, null, null).usesPathStyle())
                .isTrue();
        assertThat(new Connection(endpoint, null, false, null, null).usesPathStyle())
                .isFalse();
        assertThat(new Connection(null, null, true, null, null).usesPathStyle()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "ab", "s3://wal", "wal/main", "my bucket", "wal?", "http://host/wal"})
    void aBucketIsAName(String bucket) {
        assertThatThrownBy(() -> S3Settings.of(bucket))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("bucket is \"" + bucket + "\"; it must be");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "wal-archive",
                "Old_Bucket.of.ceph",
                "arn:aws:s3:eu-central-1:123456789012:accesspoint/wal",
            })
    void namesOfOtherStoresAndAccessPointsAreNamesToo(String bucket) {
        assertThatCode(() -> S3Settings.of(bucket)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/a", "a/", "a//b", "..", "a/../b"})
    void aPrefixHasNoSlashesAtItsEnds(String prefix) {
        assertThatThrownBy(() -> S3Settings.of("wal").withPrefix(prefix))
                .hasMessageContaining("prefix is \"" + prefix + "\"; it must be");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"minio:9000", "ftp://host", "https://host/path", "https://host?x=1", "https:///", "/host", "host"
            })
    void anEndpointIsAnAddressWithoutPath(String endpoint) {
        assertThatThrownBy(() -> new Connection(URI.create(endpoint), null, null, null, null))
                .hasMessageContaining("endpoint is \"" + endpoint + "\"; it must be an address");
        assertThatThrownBy(() -> new Connection(null, null, null, null, URI.create(endpoint)))
                .hasMessageContaining("proxy is \"" + endpoint + "\"; it must be an address");
    }

    @Test
    void aPasswordInAnAddressIsRefusedAndNotShown() {
        assertThatThrownBy(() -> new Connection(null, null, null, null, URI.create("http://user:s3cr3t@proxy:3128")))
                .hasMessageContaining("proxy has a user name in it")
                .message()
                .doesNotContain("s3cr3t");
    }

    @Test
    void partsThatDoNotFitTogetherAreRefused() {
        assertWrong("belong together", () -> new Credentials(null, FILE, null, null));
        assertWrong("belong together", () -> new Credentials(null, null, FILE, null));
        assertWrong("sessionTokenFile needs", () -> new Credentials(null, null, null, FILE));
        assertWrong("choose one", () -> new Credentials("prod", FILE, FILE, null));
        assertWrong("kmsKeyId", () -> new Encryption(Encryption.Kind.AES256, "alias/x", null));
        assertWrong("customerKeyFile", () -> new Encryption(Encryption.Kind.KMS, null, FILE));
        assertWrong("needs customerKeyFile", () -> new Encryption(Encryption.Kind.CUSTOMER, null, null));
        assertWrong("region", () -> new Connection(null, "eu central", null, null, null));
        assertWrong("caFile", () -> new Connection(null, null, null, Path.of("ca.pem"), null));
    }

    @Test
    void aKeyIsNotSentInTheClear() {
        Encryption customer = new Encryption(Encryption.Kind.CUSTOMER, null, FILE);
        assertWrong(
                "endpoint",
                () -> S3Settings.of("wal")
                        .with(new Connection(URI.create("http://minio:9000"), null, null, null, null))
                        .with(customer));
        assertThatCode(() -> S3Settings.of("wal")
                        .with(new Connection(URI.create("http://127.0.0.1:9000"), null, null, null, null))
                        .with(customer))
                .doesNotThrowAnyException();
    }

    @Test
    void whatIsWrittenMustBeReadableAtOnce() {
        assertWrong("storageClass", () -> writing("DEEP_ARCHIVE", Map.of(), 5 << 20));
        assertWrong("GLACIER_IR", () -> writing("GLACIER", Map.of(), 5 << 20));
        assertThatCode(() -> writing("GLACIER_IR", Map.of(), 5 << 20)).doesNotThrowAnyException();
        assertWrong("storageClass", () -> writing("standard", Map.of(), 5 << 20));
    }

    @Test
    void limitsOfTheProtocol() {
        Map<String, String> eleven = IntStream.range(0, 11).boxed().collect(Collectors.toMap(i -> "k" + i, i -> "v"));
        assertWrong("10 tags", () -> writing(null, eleven, 5 << 20));
        assertWrong("tags", () -> writing(null, Map.of("", "v"), 5 << 20));
        assertWrong("tags", () -> writing(null, Map.of("k", "v".repeat(257)), 5 << 20));
        assertWrong("partSize", () -> writing(null, Map.of(), (5 << 20) - 1));
        assertWrong("partSize", () -> writing(null, Map.of(), (64 << 20) + 1));
    }

    @Test
    void timeoutsAreBounded() {
        Duration second = Duration.ofSeconds(1);
        assertWrong("connectTimeout", () -> new Timeouts(Duration.ZERO, second, second, 1));
        assertWrong("requestTimeout", () -> new Timeouts(second, Duration.ofDays(1), second, 1));
        assertWrong("timeout", () -> new Timeouts(second, second.multipliedBy(2), second, 1));
        assertWrong("attempts", () -> new Timeouts(second, second, second, 0));
        assertWrong("attempts", () -> new Timeouts(second, second, second, 21));
    }

    private static Writing writing(@Nullable String storageClass, Map<String, String> tags, int partSize) {
        return new Writing(storageClass, tags, Checksums.WHEN_REQUIRED, ConditionalCreate.AUTO, partSize);
    }

    private static void assertWrong(String message, ThrowingCallable making) {
        assertThatThrownBy(making).isInstanceOf(IllegalArgumentException.class).hasMessageContaining(message);
    }
}
