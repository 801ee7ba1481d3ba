package io.pgsidecar.archive.repository.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgsidecar.archive.repository.Content;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectNotFoundException;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.ObjectStoreException.Reason;
import io.pgsidecar.archive.repository.PutMode;
import io.pgsidecar.archive.repository.s3.TinyS3.Answer;
import io.pgsidecar.archive.stores.FreePort;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** "Not there" is said only when the store has said it. What it proves decides whether PostgreSQL ends a recovery. */
class AbsenceTest {

    private static final ObjectKey KEY = new ObjectKey("wals/000000010000000000000001");
    private static final String WEB_PAGE =
            "<?xml version=\"1.0\"?><html xmlns=\"http://www.w3.org/1999/xhtml\"><body>It works!</body></html>";

    private TinyS3 server;
    private ObjectStore store;

    @BeforeEach
    void open() {
        server = new TinyS3();
        store = S3Store.open(ServerSettings.of(server.endpoint()));
    }

    @AfterEach
    void close() throws IOException {
        store.close();
        server.close();
    }

    @Test
    void absentIfTheBucketAnswersAndHasNone() throws Exception {
        assertThat(store.stat(KEY)).isEmpty();
        assertThat(store.variants(KEY, List.of("", ".zst"))).isEmpty();
        assertThatThrownBy(() -> store.open(KEY, 0)).isInstanceOf(ObjectNotFoundException.class);
        assertThatThrownBy(() -> store.open(KEY, 5)).isInstanceOf(ObjectNotFoundException.class);
    }

    @Test
    void variantsAreOneRequest() throws Exception {
        store.variants(KEY, List.of("", ".zst", ".gz", ".lz4", ".zst.age"));
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void aBucketThatDoesNotExistProvesNothing() throws Exception {
        try (ObjectStore lost = S3Store.open(new S3Settings(
                "misspelt",
                "",
                ServerSettings.of(server.endpoint()).connection(),
                ServerSettings.credentials("id", "secret"),
                S3Settings.Encryption.NONE,
                S3Settings.Writing.DEFAULT,
                S3Settings.Timeouts.DEFAULT))) {
            for (Map.Entry<String, ThrowingCallable> question : questions(lost).entrySet()) {
                assertThatThrownBy(question.getValue())
                        .as(question.getKey())
                        .isInstanceOfSatisfying(
                                ObjectStoreException.class,
                                e -> assertThat(e.reason()).isEqualTo(Reason.DENIED))
                        .hasMessageContaining("s3://misspelt")
                        .hasMessageContaining("NoSuchBucket")
                        .hasMessageContaining("create it, or check its name");
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "404, ''",
        "404, <html><body>default backend - 404</body></html>",
        "200, '" + WEB_PAGE + "'",
        "200, ''",
        "204, ''",
        "403, <Error><Code>AccessDenied</Code></Error>",
        "403, ''",
        "301, <Error><Code>PermanentRedirect</Code></Error>",
        "400, <Error><Code>ExpiredToken</Code></Error>",
        "404, <Error><Code>NoSuchBucket</Code></Error>",
        "404, <Error><Code>SomethingElse</Code></Error>",
        "405, ''",
        "410, ''",
        "500, ''",
        "503, <Error><Code>SlowDown</Code></Error>"
    })
    void whoeverElseAnswersProvesNothing(int status, String body) throws Exception {
        server.script((request, inner) -> Answer.of(status, body));
        for (Map.Entry<String, ThrowingCallable> question : questions(store).entrySet()) {
            assertThatThrownBy(question.getValue())
                    .as(question.getKey())
                    .isInstanceOfSatisfying(
                            ObjectStoreException.class,
                            e -> assertThat(e.reason()).isNotIn(Reason.NOT_FOUND, Reason.EXISTS))
                    .hasMessageContaining("s3://bucket")
                    .hasMessageContaining(server.endpoint().toString());
        }
    }

    @Test
    void whenNobodyAnswersNothingIsProven() throws Exception {
        try (ServerSocket mute = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                ObjectStore hung = S3Store.open(impatient(URI.create("http://127.0.0.1:" + mute.getLocalPort())))) {
            assertUnavailable(hung, "no answer in time");
        }
        URI nobody = URI.create("http://127.0.0.1:" + FreePort.next());
        try (ObjectStore refused = S3Store.open(ServerSettings.of(nobody))) {
            assertUnavailable(refused, "Connection refused");
        }
        try (ObjectStore unknown = S3Store.open(ServerSettings.of(URI.create("http://store.invalid")))) {
            assertUnavailable(unknown, "check endpoint and region");
        }
    }

    @Test
    void aProxyIsAskedInPlaceOfTheStore() throws Exception {
        S3Settings behind = ServerSettings.of(URI.create("http://store.invalid"))
                .with(new S3Settings.Connection(
                        URI.create("http://store.invalid"), null, null, null, server.endpoint()));
        try (ObjectStore proxied = S3Store.open(behind)) {
            assertThat(proxied.stat(KEY)).isEmpty();
        }
        assertThat(server.requests().getFirst().header("Host")).isEqualTo("store.invalid");
    }

    @Test
    void aListingThatBreaksOffBetweenPagesIsAnError() throws Exception {
        server.script((request, inner) -> request.query().containsKey("continuation-token")
                ? Answer.error(403, "AccessDenied")
                : Answer.of(200, """
                        <ListBucketResult><Name>bucket</Name><IsTruncated>true</IsTruncated>
                        <NextContinuationToken>more</NextContinuationToken></ListBucketResult>"""));
        assertThatThrownBy(() -> store.variants(KEY, List.of(""))).hasMessageContaining("AccessDenied");
        assertThatThrownBy(() -> store.list(ObjectKey.ROOT).count())
                .isInstanceOf(UncheckedIOException.class)
                .cause()
                .isInstanceOf(ObjectStoreException.class);
    }

    @Test
    void aListingThatGoesOnWithoutSayingWhereIsAnError() {
        server.script((request, inner) -> Answer.of(
                200, "<ListBucketResult><Name>bucket</Name><IsTruncated>true</IsTruncated></ListBucketResult>"));
        assertThatThrownBy(() -> store.variants(KEY, List.of(""))).hasMessageContaining("does not say where");
    }

    @Test
    void whatOthersKeepInTheBucketIsPassedOver() throws Exception {
        store.put(KEY, Content.of("x"), PutMode.REPLACE);
        for (String foreign : List.of("wals/", "wals//x", "wals/../x")) {
            server.objects().put(foreign, new TinyS3.Stored(new byte[0], "\"e\"", Map.of()));
        }
        assertThat(store.list(ObjectKey.ROOT).map(o -> o.key().value())).containsExactly(KEY.value());
    }

    private static Map<String, ThrowingCallable> questions(ObjectStore store) {
        Map<String, ThrowingCallable> questions = new LinkedHashMap<>();
        questions.put("stat", () -> store.stat(KEY));
        questions.put("variants", () -> store.variants(KEY, List.of("", ".zst")));
        questions.put("open", () -> store.open(KEY, 0));
        questions.put("open behind", () -> store.open(KEY, 10));
        questions.put("list", () -> store.list(new ObjectKey("wals")));
        questions.put("ensureDurable", () -> store.ensureDurable(KEY));
        return questions;
    }

    private static S3Settings impatient(URI endpoint) {
        return ServerSettings.of(endpoint)
                .with(new S3Settings.Timeouts(
                        Duration.ofMillis(500), Duration.ofMillis(300), Duration.ofSeconds(5), 2));
    }

    private static void assertUnavailable(ObjectStore store, String why) {
        for (Map.Entry<String, ThrowingCallable> question : questions(store).entrySet()) {
            assertThatThrownBy(question.getValue())
                    .as(question.getKey())
                    .isInstanceOfSatisfying(
                            ObjectStoreException.class,
                            e -> assertThat(e.reason()).isEqualTo(Reason.UNAVAILABLE))
                    .hasMessageContaining(why);
        }
    }
}
