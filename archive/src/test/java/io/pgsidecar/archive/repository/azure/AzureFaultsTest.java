package io.pgsidecar.archive.repository.azure;

import static io.pgsidecar.archive.repository.azure.ScriptedService.answer;
import static io.pgsidecar.archive.repository.azure.ScriptedService.hangUp;
import static io.pgsidecar.archive.repository.azure.ScriptedService.refusal;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgsidecar.archive.repository.Content;
import io.pgsidecar.archive.repository.ObjectExistsException;
import io.pgsidecar.archive.repository.ObjectInfo;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.ObjectStoreException.Reason;
import io.pgsidecar.archive.repository.PutMode;
import io.pgsidecar.archive.repository.azure.AzureSettings.Connection;
import io.pgsidecar.archive.repository.azure.ScriptedService.Answer;
import io.pgsidecar.archive.repository.azure.ScriptedService.Asked;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the store makes of a service that fails, or of somebody else who answers in its place. */
class AzureFaultsTest {

    private static final ObjectKey KEY = new ObjectKey("main/wals/segment");
    private static final Map<String, String> CREATED = Map.of(
            "ETag",
            "\"0x1\"",
            "Last-Modified",
            "Tue, 01 Sep 2026 10:00:00 GMT",
            "x-ms-request-server-encrypted",
            "true");

    @TempDir
    private Path folder;

    private ScriptedService service;
    private ObjectStore store;

    @BeforeEach
    void open() throws Exception {
        service = new ScriptedService();
        store = AzureStore.open(service.settings(folder, 2, Duration.ofMinutes(1)));
    }

    @AfterEach
    void close() {
        service.close();
    }

    @Test
    void absentIsOnlyWhatTheServiceSaysIsAbsent() throws Exception {
        service.then(refusal(404, "BlobNotFound"));
        assertThat(store.stat(KEY)).isEmpty();
        service.then(answer(404, Map.of(), "<html>not found</html>"));
        assertFails(Reason.OTHER, () -> store.stat(KEY)).hasMessageContainingAll("404", "check the endpoint");
        service.then(refusal(404, "ContainerNotFound"));
        assertFails(Reason.OTHER, () -> store.stat(KEY))
                .hasMessageContainingAll(
                        KEY.value(), "/wal", "404 ContainerNotFound", "create the container", "request-17");
        service.then(refusal(404, "ContainerNotFound"));
        assertFails(Reason.OTHER, () -> store.open(KEY, 0).close());
        service.then(answer(404, Map.of(), ""));
        assertFails(Reason.OTHER, () -> store.open(KEY, 0).close());
        service.then(refusal(404, "ContainerNotFound"));
        assertFails(Reason.OTHER, () -> store.delete(List.of(KEY)));
    }

    @Test
    void somebodyElsesPageIsNoObject() {
        Answer page = answer(200, Map.of("Content-Type", "text/html"), "<html>please log in</html>");
        service.then(page);
        assertFails(Reason.OTHER, () -> store.stat(KEY)).hasMessageContaining("no blob service");
        service.then(page);
        assertFails(Reason.OTHER, () -> store.open(KEY, 0).close()).hasMessageContaining("no blob service");
        service.then(page);
        assertFails(Reason.OTHER, () -> store.put(KEY, Content.of("x"), PutMode.CREATE));
        service.then(answer(302, Map.of("Location", service.endpoint() + "/login"), ""));
        assertFails(Reason.OTHER, () -> store.stat(KEY));
    }

    @Test
    void somebodyElsesPageIsNoEmptyListing() {
        for (Answer answer : List.of(
                answer(200, Map.of("Content-Type", "text/html"), "<html>please log in</html>"),
                answer(200, Map.of("Content-Type", "application/xml"), "<a/>"),
                answer(200, Map.of("Content-Type", "application/xml"), "<EnumerationResults/>"),
                answer(200, Map.of("Content-Type", "application/xml", "x-ms-version", "2023-11-03"), "<a/>"),
                answer(200, Map.of("Content-Type", "application/xml", "x-ms-version", "2023-11-03"), "<Enumeration"),
                answer(200, Map.of("x-ms-version", "2023-11-03"), ""))) {
            service.then(answer);
            assertThatThrownBy(this::list).isInstanceOf(ObjectStoreException.class);
            service.then(answer);
            assertThatThrownBy(() -> store.variants(KEY, List.of("", ".zst"))).isInstanceOf(ObjectStoreException.class);
        }
    }

    @Test
    void aListingThatFailsOnItsSecondPageSaysSo() {
        service.then(answer(200, Map.of("Content-Type", "application/xml", "x-ms-version", "2023-11-03"), """
                        <?xml version="1.0" encoding="utf-8"?><EnumerationResults><Blobs><Blob><Name>a</Name><Properties>
                        <Last-Modified>Tue, 01 Sep 2026 10:00:00 GMT</Last-Modified><Content-Length>1</Content-Length>
                        </Properties></Blob></Blobs><NextMarker>more</NextMarker></EnumerationResults>"""))
                .then(refusal(403, "AuthorizationFailure"));
        assertFails(Reason.DENIED, this::list);
        assertThat(service.asked().getLast().query()).contains("marker=more");
    }

    @Test
    void whatMayPassIsTriedAgain() throws Exception {
        for (Answer answer : List.of(
                refusal(503, "ServerBusy"), refusal(500, "InternalError"), answer(429, Map.of(), ""), hangUp())) {
            service.then(answer).then(refusal(404, "BlobNotFound"));
            assertThat(store.stat(KEY)).isEmpty();
        }
        assertThat(service.asked()).hasSize(8);
    }

    @Test
    void itIsTriedAsOftenAsIsSaidAndThenUnavailable() {
        service.then(refusal(503, "ServerBusy")).then(refusal(503, "ServerBusy"));
        assertFails(Reason.UNAVAILABLE, () -> store.stat(KEY)).hasMessageContaining("503 ServerBusy");
        assertThat(service.asked()).hasSize(2);
    }

    @Test
    void whatWillNotPassIsTriedOnce() {
        service.then(refusal(403, "AuthorizationPermissionMismatch"));
        assertFails(Reason.DENIED, () -> store.put(KEY, Content.of("x"), PutMode.REPLACE))
                .hasMessageContainingAll(
                        "cannot write " + KEY,
                        "403 AuthorizationPermissionMismatch",
                        "lacks a permission",
                        "request-17");
        assertThat(service.asked()).hasSize(1);
    }

    @Test
    void aPauseIsAsLongAsTheServiceSays() throws Exception {
        service.then(answer(503, Map.of("Retry-After", "2", "x-ms-error-code", "ServerBusy"), ""))
                .then(refusal(404, "BlobNotFound"));
        long start = System.nanoTime();
        assertThat(store.stat(KEY)).isEmpty();
        // Without it the first pause has at most 0.53 seconds.
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(1900));
    }

    @Test
    void aServiceThatHangsIsUnavailable() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        Answer hang = exchange -> {
            try {
                end.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            exchange.close();
        };
        try {
            ObjectStore impatient = AzureStore.open(service.settings(folder, 1, Duration.ofMillis(300)));
            service.then(hang);
            assertFails(Reason.UNAVAILABLE, () -> impatient.stat(KEY));
            service.then(hang);
            assertFails(Reason.UNAVAILABLE, () -> impatient.open(KEY, 0).close());
            service.then(hang);
            assertFails(Reason.UNAVAILABLE, () -> impatient.put(KEY, Content.of("x"), PutMode.CREATE));
            service.then(exchange -> {
                exchange.getResponseHeaders().add("Content-Range", "bytes 0-9/10");
                exchange.sendResponseHeaders(206, 10);
                exchange.getResponseBody().write(1);
                exchange.getResponseBody().flush();
                hang.to(exchange);
            });
            assertFails(Reason.UNAVAILABLE, () -> impatient.open(KEY, 0).close());
        } finally {
            end.countDown();
        }
    }

    @Test
    void aServiceThatIsAwayIsUnavailable() {
        service.close();
        assertFails(Reason.UNAVAILABLE, () -> store.stat(KEY)).hasMessageContainingAll("cannot read " + KEY, "/wal");
        assertFails(Reason.UNAVAILABLE, this::list);
        assertFails(Reason.UNAVAILABLE, () -> store.put(KEY, Content.of("x"), PutMode.CREATE));
    }

    @Test
    void aCreateWhoseAnswerIsLostFindsItsOwnObject() throws Exception {
        service.then(hangUp()).then(refusal(409, "BlobAlreadyExists")).then(exchange -> {
            String writer = service.asked().getFirst().headers().get("x-ms-meta-pgsidecarwriter");
            answer(200, properties(Map.of("x-ms-meta-pgsidecarwriter", writer)), "")
                    .to(exchange);
        });
        store.put(KEY, Content.of("x"), PutMode.CREATE);
        assertThat(service.asked()).extracting(Asked::method).containsExactly("PUT", "PUT", "HEAD");
        assertThat(service.asked().get(1).headers()).containsEntry("if-none-match", "*");
    }

    @Test
    void aCreateWhoseAnswerIsLostDoesNotTakeAnothersObjectForItsOwn() {
        service.then(hangUp())
                .then(refusal(409, "BlobAlreadyExists"))
                .then(answer(200, properties(Map.of("x-ms-meta-pgsidecarwriter", "another's")), ""));
        assertThatThrownBy(() -> store.put(KEY, Content.of("x"), PutMode.CREATE))
                .isInstanceOf(ObjectExistsException.class);
        service.then(refusal(412, "ConditionNotMet")).then(answer(200, properties(Map.of()), ""));
        assertThatThrownBy(() -> store.put(KEY, Content.of("x"), PutMode.CREATE))
                .isInstanceOf(ObjectExistsException.class);
        service.then(refusal(409, "BlobAlreadyExists")).then(refusal(403, "AuthorizationPermissionMismatch"));
        assertThatThrownBy(() -> store.put(KEY, Content.of("x"), PutMode.CREATE))
                .isInstanceOf(ObjectExistsException.class);
    }

    @Test
    void existsAboutNoObjectIsNotBelieved() throws Exception {
        service.then(refusal(409, "BlobAlreadyExists"))
                .then(refusal(404, "BlobNotFound"))
                .then(answer(201, Map.of(), ""))
                .then(answer(201, CREATED, ""));
        store.put(KEY, Content.of("x"), PutMode.CREATE);
        assertThat(service.asked()).extracting(Asked::method).containsExactly("PUT", "HEAD", "PUT", "PUT");
        assertThat(service.asked().getLast().query()).contains("comp=blocklist");
        service.then(refusal(409, "BlobAlreadyExists"))
                .then(refusal(404, "BlobNotFound"))
                .then(answer(201, Map.of(), ""))
                .then(refusal(409, "BlobAlreadyExists"))
                .then(refusal(404, "BlobNotFound"));
        assertFails(Reason.UNAVAILABLE, () -> store.put(KEY, Content.of("x"), PutMode.CREATE))
                .hasMessageContaining("exists, and then");
    }

    @Test
    void eachBodyIsSentAgainWhole() throws Exception {
        byte[] content = new byte[300_000];
        service.then(refusal(500, "InternalError")).then(answer(201, CREATED, ""));
        store.put(KEY, Content.of(content), PutMode.CREATE);
        assertThat(service.asked()).extracting(Asked::bodyLength).containsExactly(300_000, 300_000);
        assertThat(service.asked())
                .allSatisfy(
                        asked -> assertThat(asked.headers().get("content-md5")).isEqualTo(base64Md5(content)));
    }

    @Test
    void aBodyThatBreaksOffIsAskedForFromThereOnAndOfTheSameObject() throws Exception {
        service.then(exchange -> {
                    part(0, 9, 10).forEach(exchange.getResponseHeaders()::add);
                    exchange.sendResponseHeaders(206, 10);
                    exchange.getResponseBody().write("01234".getBytes(StandardCharsets.UTF_8));
                    exchange.getResponseBody().flush();
                    exchange.close();
                })
                .then(answer(206, part(5, 9, 10), "56789"));
        assertThat(read()).isEqualTo("0123456789");
        Map<String, String> second = service.asked().getLast().headers();
        assertThat(second.get("x-ms-range")).startsWith("bytes=5-");
        assertThat(second.get("if-match")).contains("0x1");
    }

    @Test
    void anObjectThatIsReplacedWhileABodyBreaksOffIsNotMixed() {
        service.then(exchange -> {
                    part(0, 9, 10).forEach(exchange.getResponseHeaders()::add);
                    exchange.sendResponseHeaders(206, 10);
                    exchange.getResponseBody().write("01234".getBytes(StandardCharsets.UTF_8));
                    exchange.getResponseBody().flush();
                    exchange.close();
                })
                .then(refusal(412, "ConditionNotMet"));
        assertFails(Reason.UNAVAILABLE, this::read).hasMessageContaining("replaced meanwhile");
    }

    @Test
    void aBodyThatIsNotWhatWasAskedForIsAnError() {
        service.then(answer(206, part(0, 9, 10), "01234"));
        assertFails(Reason.UNAVAILABLE, this::read).hasMessageContaining("5 bytes came and not 10");
        Map<String, String> damaged = part(0, 9, 10);
        damaged.put("Content-MD5", base64Md5("0123456789".getBytes(StandardCharsets.UTF_8)));
        service.then(answer(206, damaged, "0123456 89"));
        assertFails(Reason.UNAVAILABLE, this::read).hasMessageContaining("MD5");
        for (Map<String, String> wrong : List.of(part(1, 9, 10), part(0, 8, 10), part(0, 9, 11), part(0, 10, 10))) {
            service.then(answer(206, wrong, "0123456789"));
            assertFails(Reason.OTHER, this::read).hasMessageContaining("range");
        }
        service.then(answer(206, part(0, 9, 10), new byte[AzureInput.PART + 1]));
        assertFails(Reason.OTHER, this::read).hasMessageContaining("more than was asked for");
    }

    @Test
    void requestsGoThroughTheProxy() throws Exception {
        AzureSettings direct = service.settings(folder, 1, Duration.ofMinutes(1));
        ObjectStore proxied = AzureStore.open(TestSettings.at(
                URI.create("http://storage.invalid/pgsidecartest"),
                "wal",
                direct.credentials(),
                new Connection(
                        Optional.empty(),
                        Optional.of(URI.create("http://" + service.endpoint().getAuthority())),
                        Duration.ofSeconds(30),
                        Duration.ofMinutes(1),
                        Duration.ofMinutes(2),
                        1)));
        service.then(refusal(404, "BlobNotFound"));
        assertThat(proxied.stat(KEY)).isEmpty();
        assertThat(service.asked().getLast().headers()).containsEntry("host", "storage.invalid");
    }

    @Test
    void nothingOfAnErrorShowsASecret() {
        service.then(answer(
                403,
                Map.of("x-ms-error-code", "AuthenticationFailed", "Content-Type", "application/xml"),
                "<Error><Code>AuthenticationFailed</Code><Message>sig=secret</Message><AuthenticationErrorDetail>"
                        + "sig=secret</AuthenticationErrorDetail></Error>"));
        assertThatThrownBy(() -> store.stat(KEY)).satisfies(thrown -> {
            for (Throwable e = thrown; e != null; e = e.getCause()) {
                assertThat(e.toString()).doesNotContain("sig=", "secret");
            }
        });
    }

    private String read() throws Exception {
        try (InputStream in = store.open(KEY, 0)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private void list() throws Exception {
        try (Stream<ObjectInfo> objects = store.list(ObjectKey.ROOT)) {
            objects.forEach(o -> {});
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static Map<String, String> properties(Map<String, String> more) {
        Map<String, String> headers = new HashMap<>(CREATED);
        headers.putAll(more);
        return headers;
    }

    private static Map<String, String> part(int first, int last, int total) {
        return properties(Map.of("Content-Range", "bytes %d-%d/%d".formatted(first, last, total)));
    }

    private static String base64Md5(byte[] content) {
        try {
            return Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("MD5").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private static AbstractThrowableAssert<?, ? extends Throwable> assertFails(
            Reason reason, ThrowingCallable operation) {
        return assertThatThrownBy(operation)
                .isInstanceOfSatisfying(
                        ObjectStoreException.class,
                        e -> assertThat(e.reason()).as("%s", e).isEqualTo(reason));
    }
}
