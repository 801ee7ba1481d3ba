package io.pgsidecar.archive.repository.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgsidecar.archive.repository.Content;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.ObjectWriter;
import io.pgsidecar.archive.repository.PutMode;
import io.pgsidecar.archive.repository.s3.S3Settings.Checksums;
import io.pgsidecar.archive.repository.s3.S3Settings.ConditionalCreate;
import io.pgsidecar.archive.repository.s3.S3Settings.Encryption;
import io.pgsidecar.archive.repository.s3.S3Settings.Writing;
import io.pgsidecar.archive.repository.s3.TinyS3.Request;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes along with each kind of request under each setting. */
class RequestHeadersTest {

    private static final ObjectKey KEY = new ObjectKey("key");
    private static final Writing NATIVE = Writing.DEFAULT.with(ConditionalCreate.NATIVE);

    @TempDir
    private Path folder;

    private TinyS3 server;

    @BeforeEach
    void start() {
        server = new TinyS3();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void byDefaultNothingThatAStoreMayNotKnow() throws Exception {
        Requests requests = useAll(settings());
        requests.byKind()
                .values()
                .forEach(r -> assertThat(r.headers().keySet())
                        .as(r.summary())
                        .noneMatch(
                                name -> name.toLowerCase(Locale.ROOT)
                                        .matches(
                                                "x-amz-(server-side|storage-class|tagging|checksum|sdk-checksum|trailer|decoded).*"))
                        .noneMatch(name -> name.equalsIgnoreCase("Content-Encoding")));
    }

    @Test
    void aBodyOverPlainHttpIsSigned() throws Exception {
        assertThat(useAll(settings()).one("Put").header("x-amz-content-sha256")).matches("[0-9a-f]{64}");
    }

    @Test
    void checksumsWhereTheProtocolHasThem() throws Exception {
        Requests requests = useAll(settings().with(NATIVE.with(Checksums.WHEN_SUPPORTED)));
        assertThat(requests.one("Put").header("x-amz-checksum-crc32")).isNotNull();
        assertThat(requests.one("Part").header("x-amz-checksum-crc32")).isNotNull();
        assertThat(requests.one("Begin").header("x-amz-checksum-algorithm")).isEqualTo("CRC32");
        assertThat(requests.one("Get").header("x-amz-checksum-mode")).isEqualTo("ENABLED");
    }

    @Test
    void aBodyThatDoesNotFitItsChecksumIsAnError() throws Exception {
        server.script((request, inner) -> {
            TinyS3.Answer answer = inner.answer(request);
            Map<String, String> headers = new TreeMap<>(answer.headers());
            headers.put("x-amz-checksum-crc32", "AAAAAA==");
            return request.summary().startsWith("Get")
                    ? new TinyS3.Answer(answer.status(), headers, answer.body(), answer.announced())
                    : answer;
        });
        try (ObjectStore store = S3Store.open(settings().with(NATIVE.with(Checksums.WHEN_SUPPORTED)))) {
            store.put(KEY, Content.of("content"), PutMode.CREATE);
            try (InputStream in = store.open(KEY, 0)) {
                assertThatThrownBy(in::readAllBytes)
                        .isInstanceOf(ObjectStoreException.class)
                        .hasMessageContaining("checksum");
            }
        }
    }

    @Test
    void storageClassAndTagsOfWhatIsMade() throws Exception {
        Requests requests = useAll(settings()
                .with(new Writing(
                        "STANDARD_IA",
                        Map.of("team", "db & co", "env", "prod"),
                        Checksums.WHEN_REQUIRED,
                        ConditionalCreate.NATIVE,
                        5 << 20)));
        for (String kind : new String[] {"Put", "Begin"}) {
            assertThat(requests.one(kind).header("x-amz-storage-class")).isEqualTo("STANDARD_IA");
            assertThat(requests.one(kind).header("x-amz-tagging")).isEqualTo("env=prod&team=db%20%26%20co");
        }
        assertThat(requests.one("Part").header("x-amz-storage-class")).isNull();
    }

    @Test
    void encryptionByTheStore() throws Exception {
        Requests requests = useAll(settings().with(new Encryption(Encryption.Kind.AES256, null, null)));
        assertThat(requests.one("Put").header("x-amz-server-side-encryption")).isEqualTo("AES256");
        assertThat(requests.one("Begin").header("x-amz-server-side-encryption")).isEqualTo("AES256");
        assertThat(requests.one("Get").header("x-amz-server-side-encryption")).isNull();
    }

    @Test
    void encryptionWithAKeyOfTheKeyManagement() throws Exception {
        Requests requests = useAll(settings().with(new Encryption(Encryption.Kind.KMS, "alias/wal", null)));
        for (String kind : new String[] {"Put", "Begin"}) {
            assertThat(requests.one(kind).header("x-amz-server-side-encryption"))
                    .isEqualTo("aws:kms");
            assertThat(requests.one(kind).header("x-amz-server-side-encryption-aws-kms-key-id"))
                    .isEqualTo("alias/wal");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aKeyOfOurOwnGoesAlongWithAllThatTouchesTheContent(boolean base64) throws Exception {
        byte[] key = MessageDigest.getInstance("SHA-256").digest(new byte[] {1});
        String encoded = Base64.getEncoder().encodeToString(key);
        Path file = base64
                ? Files.writeString(folder.resolve("key"), encoded + "\n")
                : Files.write(folder.resolve("key"), key);
        Requests requests = useAll(settings().with(new Encryption(Encryption.Kind.CUSTOMER, null, file)));
        String md5 = Base64.getEncoder()
                .encodeToString(MessageDigest.getInstance("MD5").digest(key));
        for (String kind : new String[] {"Put", "Begin", "Part", "Complete", "Get", "Head"}) {
            Request request = requests.one(kind);
            assertThat(request.header("x-amz-server-side-encryption-customer-algorithm"))
                    .as(kind)
                    .isEqualTo("AES256");
            assertThat(request.header("x-amz-server-side-encryption-customer-key"))
                    .as(kind)
                    .isEqualTo(encoded);
            assertThat(request.header("x-amz-server-side-encryption-customer-key-md5"))
                    .as(kind)
                    .isEqualTo(md5);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "short", "c2hvcnQ=", "not base64 at all, but 44 characters long!!!"})
    void aFileThatHoldsNoKeyIsRefused(String content) throws Exception {
        Path file = Files.writeString(folder.resolve("key"), content);
        assertThatThrownBy(() -> S3Store.open(settings().with(new Encryption(Encryption.Kind.CUSTOMER, null, file))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("customerKeyFile")
                .hasMessageContaining(file.toString());
    }

    private S3Settings settings() {
        return ServerSettings.of(server.endpoint()).with(NATIVE);
    }

    private record Requests(Map<String, Request> byKind) {
        Request one(String kind) {
            return Objects.requireNonNull(byKind.get(kind), kind);
        }
    }

    /** One of each kind of request. */
    private Requests useAll(S3Settings settings) throws IOException {
        try (ObjectStore store = S3Store.open(settings)) {
            store.put(KEY, Content.of("content"), PutMode.CREATE);
            try (ObjectWriter writer = store.newWriter(KEY, PutMode.REPLACE)) {
                writer.stream().write(new byte[(5 << 20) + 1]);
                writer.commit();
            }
            store.stat(KEY);
            try (InputStream in = store.open(KEY, 0)) {
                in.readAllBytes();
            }
        }
        Map<String, Request> byKind = new TreeMap<>();
        server.requests()
                .forEach(r -> byKind.put(r.summary().substring(0, r.summary().indexOf(' ')), r));
        return new Requests(byKind);
    }
}
