package io.pgsidecar.archive.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class FaultProxyTest {

    private static final byte[] BYTES = new byte[300_000];

    static {
        new Random(1).nextBytes(BYTES);
    }

    private SmallStore store;
    private FaultProxy proxy;

    @BeforeEach
    void start() throws IOException {
        store = new SmallStore();
        proxy = FaultProxy.before(store.endpoint());
    }

    @AfterEach
    void stop() {
        proxy.close();
        store.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/b/plain", "/b/chunked"})
    void whatItIsNotToldToHarmPassesAsItIs(String path) throws Exception {
        assertThat(put(path, BYTES).statusCode()).isEqualTo(200);
        assertThat(store.objects().get(path)).isEqualTo(BYTES);
        assertThat(get(path).body()).isEqualTo(BYTES);
        assertThat(send(request(path).method("HEAD", HttpRequest.BodyPublishers.noBody()))
                        .headers()
                        .firstValue("Content-Length"))
                .hasValue("300000");
        assertThat(send(request(path).DELETE()).statusCode()).isEqualTo(204);
        assertThat(get(path).statusCode()).isEqualTo(404);
        assertThat(proxy.seen()).extracting(SeenRequest::status).containsExactly(200, 200, 200, 204, 404);
        assertThat(proxy.struck()).isZero();
        assertThat(store.hosts()).containsOnly("127.0.0.1:" + proxy.port());
    }

    @Test
    void aClientThatWaitsForContinueIsToldSo() throws Exception {
        HttpRequest.Builder put =
                request("/b/x").expectContinue(true).PUT(HttpRequest.BodyPublishers.ofByteArray(BYTES));
        assertThat(send(put).statusCode()).isEqualTo(200);
        assertThat(store.objects().get("/b/x")).isEqualTo(BYTES);

        proxy.on(RequestKind.PUT).fault(Fault.slowDown());
        assertThat(send(put).statusCode()).isEqualTo(503);
    }

    @Test
    void severalRequestsUseOneConnectionAndChunkedOnesToo() throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), proxy.port())) {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            proxy.on(RequestKind.PUT).after(1).times(1).fault(Fault.slowDown());
            for (int status : List.of(200, 503, 200)) {
                socket.getOutputStream().write("""
                                PUT /b/chunked HTTP/1.1
                                Host: h
                                Transfer-Encoding: chunked

                                5;x=y
                                hello
                                3
                                you
                                0

                                """.replace("\n", "\r\n").getBytes(StandardCharsets.ISO_8859_1));
                MessageHead answer = MessageHead.read(in).orElseThrow();
                assertThat(answer.status()).isEqualTo(status);
                MessageBody.ofAnswer(answer, "PUT").copy(in, BodySink.discarding());
            }
        }
        assertThat(store.objects().get("/b/chunked")).asString().isEqualTo("helloyou");
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /b/k, GET",
        "GET, /b?list-type=2&prefix=x, LIST",
        "GET, /c?restype=container&comp=list, LIST",
        "HEAD, /b/k, HEAD",
        "PUT, /b/k, PUT",
        "PUT, /b/k?partNumber=1&uploadId=u, UPLOAD_PART",
        "PUT, /c/k?comp=block&blockid=x, PUT_BLOCK",
        "PUT, /c/k?comp=blocklist, PUT_BLOCK_LIST",
        "POST, /b/k?uploads, CREATE_MULTIPART",
        "POST, /b/k?uploads=, CREATE_MULTIPART",
        "POST, /b/k?uploadId=u, COMPLETE_MULTIPART",
        "POST, /b?delete, BULK_DELETE",
        "DELETE, /b/k, DELETE",
        "DELETE, /b/k?uploadId=u, ABORT",
    })
    void aRequestIsOfTheMostSpecificKind(String method, String target, RequestKind kind) {
        assertThat(RequestKind.of(new MessageHead(List.of(method + " " + target + " HTTP/1.1"))))
                .isEqualTo(kind);
    }

    @Test
    void aPutOfAWholeBlobIsToldByItsHeader() {
        assertThat(RequestKind.of(new MessageHead(List.of("PUT /c/k HTTP/1.1", "X-Ms-Blob-Type: BlockBlob"))))
                .isEqualTo(RequestKind.PUT_BLOB);
    }

    @Test
    void aRuleSparesTheFirstStrikesSomeAndFollowsThePath() throws Exception {
        store.objects().put("/b/x", BYTES);
        proxy.on(RequestKind.GET).path("/x").after(1).times(2).fault(Fault.answer(500, "InternalError"));
        assertThat(get("/b/y").statusCode()).isEqualTo(404);
        assertThat(List.of(status("/b/x"), status("/b/x"), status("/b/x"), status("/b/x")))
                .containsExactly(200, 500, 500, 200);
        assertThat(proxy.struck()).isEqualTo(2);
        proxy.on().fault(Fault.answer(500, "InternalError"));
        assertThat(status("/b/x")).isEqualTo(500);
        proxy.heal();
        assertThat(status("/b/x")).isEqualTo(200);
    }

    @Test
    void anAnswerOfTheProxyHasStatusCodeAndHeadersAndTheStoreDoesNotSeeTheRequest() throws Exception {
        proxy.on().fault(Fault.tooManyRequests(7));
        HttpResponse<byte[]> answer = put("/b/x", BYTES);
        assertThat(answer.statusCode()).isEqualTo(429);
        assertThat(answer.headers().firstValue("Retry-After")).hasValue("7");
        assertThat(answer.headers().firstValue("x-ms-error-code")).hasValue("ServerBusy");
        assertThat(answer.body()).asString().contains("<Code>TooManyRequests</Code>");
        assertThat(store.hosts()).isEmpty();
        assertThat(send(request("/b/x").method("HEAD", HttpRequest.BodyPublishers.noBody()))
                        .statusCode())
                .isEqualTo(429);
    }

    @Test
    void aResetIsSeenAsSuchAndTheStoreSeesNothing() {
        proxy.on().fault(new Fault.Reset());
        assertThatThrownBy(() -> put("/b/x", BYTES)).isInstanceOf(IOException.class);
        assertThat(store.objects()).isEmpty();
    }

    @Test
    void aResetWithinARequestStoresNothing() {
        proxy.on().fault(new Fault.ResetInRequest(100_000));
        assertThatThrownBy(() -> put("/b/x", BYTES)).isInstanceOf(IOException.class);
        assertThat(store.objects()).isEmpty();
    }

    @Test
    void aLostAnswerIsOneToARequestThatWasCarriedOut() {
        proxy.on().fault(new Fault.LoseAnswer());
        assertThatThrownBy(() -> put("/b/x", BYTES)).isInstanceOf(IOException.class);
        assertThat(store.objects().get("/b/x")).isEqualTo(BYTES);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/b/plain", "/b/chunked"})
    void aBodyThatIsBrokenOffFailsTheClient(String path) {
        store.objects().put(path, BYTES);
        for (Fault fault : List.of(new Fault.ResetInAnswer(1000), new Fault.Truncate(1000))) {
            proxy.heal();
            proxy.on().fault(fault);
            assertThatThrownBy(() -> get(path)).as("%s", fault).isInstanceOf(IOException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/b/plain", "/b/chunked"})
    void aShortenedBodyLooksWhole(String path) throws Exception {
        store.objects().put(path, BYTES);
        proxy.on().fault(new Fault.Shorten(1000));
        assertThat(get(path).body()).isEqualTo(Arrays.copyOf(BYTES, 1000));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/b/plain", "/b/chunked"})
    void aCorruptBodyDiffersInOneBit(String path) throws Exception {
        proxy.on(RequestKind.GET).fault(new Fault.Corrupt(100_000));
        store.objects().put(path, BYTES);
        assertDiffersInOneBit(get(path).body());
        proxy.on(RequestKind.PUT).fault(new Fault.CorruptRequest(1));
        put(path, BYTES);
        byte[] stored = store.objects().get(path);
        stored[1] ^= 1;
        assertThat(stored).isEqualTo(BYTES);
    }

    @Test
    void aFaultStrikesInTheMiddleOfASmallBody() throws Exception {
        store.objects().put("/b/x", "abcdef".getBytes(StandardCharsets.UTF_8));
        proxy.on().times(1).fault(new Fault.Corrupt(100_000));
        assertThat(get("/b/x").body()).asString().isEqualTo("abceef");
        proxy.on().times(1).fault(new Fault.Shorten(100_000));
        assertThat(get("/b/x").body()).asString().isEqualTo("abc");
    }

    @Test
    void aDelayedRequestSucceedsAndOneThatHangsIsNeverAnswered() throws Exception {
        store.objects().put("/b/x", BYTES);
        proxy.on().times(1).fault(new Fault.Delay(Duration.ofMillis(50)));
        assertThat(status("/b/x")).isEqualTo(200);
        List<Integer> statuses = new ArrayList<>(List.of(200));
        for (Fault fault : List.of(new Fault.Hang(), new Fault.HangInAnswer(1000))) {
            proxy.heal();
            proxy.on().fault(fault);
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), proxy.port())) {
                socket.setSoTimeout(300);
                socket.getOutputStream()
                        .write("GET /b/x HTTP/1.1\r\nHost: h\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
                assertThatThrownBy(() -> socket.getInputStream().readAllBytes())
                        .isInstanceOf(SocketTimeoutException.class);
                statuses.add(fault instanceof Fault.Hang ? 0 : 200);
                while (!statuses(proxy).equals(statuses)) {
                    Thread.sleep(5); // The proxy may not have come to it yet.
                }
            }
        }
    }

    @Test
    void aCutProxyRefusesConnectionsAndBreaksThoseThatAre() throws Exception {
        store.objects().put("/b/x", BYTES);
        try (Socket open = new Socket(InetAddress.getLoopbackAddress(), proxy.port())) {
            proxy.cut();
            assertThatThrownBy(() -> {
                        int end = open.getInputStream().read();
                        throw new IOException("closed: " + end);
                    })
                    .isInstanceOf(IOException.class);
        }
        assertThatThrownBy(() -> get("/b/x")).isInstanceOf(ConnectException.class);
        assertThat(proxy.isCut()).isTrue();
        proxy.restore();
        assertThat(status("/b/x")).isEqualTo(200);

        proxy.on().after(1).times(1).fault(new Fault.Cut());
        assertThat(status("/b/x")).isEqualTo(200);
        assertThatThrownBy(() -> get("/b/x")).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> get("/b/x")).isInstanceOf(ConnectException.class);
    }

    @Test
    void randomFaultsStrikeThatPartAndTheSameSeedStrikesTheSame() throws Exception {
        store.objects().put("/b/x", BYTES);
        for (int round = 0; round < 2; round++) {
            proxy.strikeAtRandom(7, 0.2, List.of(Fault.slowDown(), Fault.answer(500, "InternalError")));
            for (int i = 0; i < 100; i++) {
                assertThat(status("/b/x")).isIn(200, 500, 503);
            }
        }
        List<Integer> statuses = proxy.seen().stream().map(SeenRequest::status).toList();
        assertThat(statuses.subList(0, 100))
                .isEqualTo(statuses.subList(100, 200))
                .contains(200, 500, 503);
        assertThat(proxy.struck()).isBetween(20L, 60L);
    }

    private static List<Integer> statuses(FaultProxy proxy) {
        return proxy.seen().stream().map(SeenRequest::status).toList();
    }

    private static void assertDiffersInOneBit(byte[] body) {
        body[100_000] ^= 1;
        assertThat(body).isEqualTo(BYTES);
    }

    private int status(String path) throws Exception {
        return get(path).statusCode();
    }

    private HttpResponse<byte[]> get(String path) throws Exception {
        return send(request(path));
    }

    private HttpResponse<byte[]> put(String path, byte[] bytes) throws Exception {
        return send(request(path).PUT(HttpRequest.BodyPublishers.ofByteArray(bytes)));
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(proxy.endpoint().resolve(path)).version(HttpClient.Version.HTTP_1_1);
    }

    /** By a new connection each: on one that was used before, this client tries again by itself. */
    private static HttpResponse<byte[]> send(HttpRequest.Builder request) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        }
    }
}
