package io.pgsidecar.agent.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgsidecar.probes.metrics.Family;
import io.pgsidecar.probes.metrics.Sample;
import io.vertx.core.Vertx;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import java.util.zip.GZIPInputStream;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class MetricsServerTest {

    private static final String PAGE = "pg_up 1.0\n";

    @TempDir
    Path home;

    private final Vertx vertx = Vertx.vertx();
    private final ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @AfterEach
    void close() {
        client.close();
        vertx.close().await();
        workers.shutdownNow();
    }

    @Test
    void answersInTheFormThatIsAskedFor() throws Exception {
        int port = serve(List::of, Optional.empty()).port();
        HttpResponse<byte[]> plain = get(port, "/metrics");
        assertThat(plain.statusCode()).isEqualTo(200);
        assertThat(plain.headers().firstValue("Content-Type")).hasValue("text/plain; version=0.0.4; charset=utf-8");
        assertThat(plain.headers().firstValue("Content-Encoding")).isEmpty();
        assertThat(text(plain.body())).contains(PAGE);
        HttpResponse<byte[]> openMetrics = get(
                port, "/metrics", "Accept", "application/openmetrics-text;version=1.0.0", "Accept-Encoding", "gzip");
        assertThat(openMetrics.headers().firstValue("Content-Type"))
                .hasValue("application/openmetrics-text; version=1.0.0; charset=utf-8");
        assertThat(openMetrics.headers().firstValue("Content-Encoding")).hasValue("gzip");
        assertThat(text(unzipped(openMetrics.body()))).contains(PAGE).endsWith("# EOF\n");
    }

    @Test
    void answersNothingElse() throws Exception {
        int port = serve(List::of, Optional.empty()).port();
        assertThat(get(port, "/").statusCode()).isEqualTo(404);
        assertThat(send(port, "POST").statusCode()).isEqualTo(405);
        HttpResponse<byte[]> head = send(port, "HEAD");
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.headers().firstValueAsLong("Content-Length").orElseThrow())
                .isPositive();
    }

    @Test
    void asksForTheUserAndThePasswordOfTheMoment() throws Exception {
        Path password = home.resolve("password");
        Files.writeString(password, "secret:with colon\n");
        int port = serve(List::of, Optional.of(new BasicAuth("prometheus", password)))
                .port();
        HttpResponse<byte[]> refused = get(port, "/metrics");
        assertThat(refused.statusCode()).isEqualTo(401);
        assertThat(refused.headers().firstValue("WWW-Authenticate").orElse("")).startsWith("Basic realm=");
        assertThat(text(refused.body())).doesNotContain("pg_up").doesNotContain("secret");
        assertThat(login(port, "prometheus:secret:with colon")).isEqualTo(200);
        for (String wrong : List.of("prometheus:secret", "other:secret:with colon", "prometheus:", ":", "")) {
            assertThat(login(port, wrong)).as(wrong).isEqualTo(401);
        }
        assertThat(get(port, "/metrics", "Authorization", "Basic !!").statusCode())
                .isEqualTo(401);
        assertThat(get(port, "/metrics", "Authorization", "Bearer abc").statusCode())
                .isEqualTo(401);
        Files.writeString(password, "rotated");
        assertThat(login(port, "prometheus:secret:with colon")).isEqualTo(401);
        assertThat(login(port, "prometheus:rotated")).isEqualTo(200);
        Files.delete(password);
        assertThat(login(port, "prometheus:rotated")).isEqualTo(500);
        Files.writeString(password, "\n");
        assertThat(login(port, "prometheus:")).isEqualTo(500);
    }

    @Test
    void servesByTlsAndTakesANewCertificate() throws Exception {
        MadeCertificate first = MadeCertificate.in(home, "first");
        MadeCertificate second = MadeCertificate.in(home, "second");
        TlsFiles files = new TlsFiles(home.resolve("tls.crt"), home.resolve("tls.key"));
        first.copyTo(files);
        MetricsServer server = MetricsServer.start(
                new MetricsServer.Settings("127.0.0.1", 0, Optional.of(files)),
                vertx,
                workers,
                endpoint(List::of, Optional.empty()),
                64,
                Duration.ofMillis(50));
        assertThat(overTls(server.port(), first.trusting())).contains(PAGE);
        assertThatThrownBy(() -> overTls(server.port(), second.trusting())).isInstanceOf(IOException.class);
        Files.writeString(files.key(), "half written");
        second.copyTo(files);
        while (true) {
            try {
                assertThat(overTls(server.port(), second.trusting())).contains(PAGE);
                break;
            } catch (IOException e) { // The old one still; the test's time-out bounds it.
                Thread.sleep(20);
            }
        }
    }

    @Test
    void saysWhichSettingIsInTheWay() throws Exception {
        MetricsEndpoint endpoint = endpoint(List::of, Optional.empty());
        TlsFiles files = new TlsFiles(home.resolve("tls.crt"), home.resolve("tls.key"));
        assertThatThrownBy(() -> MetricsServer.start(
                        new MetricsServer.Settings("127.0.0.1", 0, Optional.of(files)), vertx, workers, endpoint))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("metrics.tls.certificate");
        Files.writeString(files.certificate(), "no certificate");
        Files.writeString(files.key(), "no key");
        assertThatThrownBy(() -> MetricsServer.start(
                        new MetricsServer.Settings("127.0.0.1", 0, Optional.of(files)), vertx, workers, endpoint))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("metrics.tls")
                .hasMessageContaining("PEM");
        int taken = serve(List::of, Optional.empty()).port();
        assertThatThrownBy(() -> MetricsServer.start(
                        new MetricsServer.Settings("127.0.0.1", taken, Optional.empty()), vertx, workers, endpoint))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("metrics.port")
                .hasMessageContaining(Integer.toString(taken));
    }

    /** A reader that takes nothing keeps no other one waiting, and is hung up on. */
    @Test
    void endsWithAReaderThatIsTooSlow() throws Exception {
        Exposition exposition = new Exposition(() -> List.of(large(80_000)), List::of, List::of);
        MetricsEndpoint endpoint =
                new MetricsEndpoint(vertx, workers, exposition, Optional.empty(), 4, Duration.ofSeconds(3));
        int port = MetricsServer.start(
                        new MetricsServer.Settings("127.0.0.1", 0, Optional.empty()), vertx, workers, endpoint)
                .port();
        try (Socket slow = new Socket()) {
            slow.setReceiveBufferSize(4096);
            slow.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            ask(slow);
            assertThat(slow.getInputStream().read()).isNotNegative();
            String page = text(get(port, "/metrics").body());
            assertThat(page.lines().filter(line -> !line.startsWith("#"))).hasSize(80_001);
            // The rest that is on the way, then the end: before all of the page has come.
            while (endpoint.underWay() > 0) {
                Thread.sleep(20);
            }
            long taken = drained(slow.getInputStream());
            assertThat(taken).isLessThan(page.length());
        }
    }

    @Test
    void answersNotMoreThanItCan() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        Supplier<List<List<Family>>> waiting = () -> {
            try {
                go.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return List.of();
        };
        Exposition exposition = new Exposition(waiting, List::of, List::of);
        MetricsEndpoint endpoint =
                new MetricsEndpoint(vertx, workers, exposition, Optional.empty(), 2, Duration.ofSeconds(60));
        int port = MetricsServer.start(
                        new MetricsServer.Settings("127.0.0.1", 0, Optional.empty()), vertx, workers, endpoint)
                .port();
        List<Socket> sockets = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
            ask(socket);
            sockets.add(socket);
        }
        // One of the three is turned away at once, the others get the page.
        int refused = 0;
        for (Socket socket : sockets) {
            socket.setSoTimeout(2_000);
            try {
                assertThat(status(socket)).isEqualTo(503);
                refused++;
            } catch (SocketTimeoutException e) {
                assertThat(refused).isLessThanOrEqualTo(1);
            }
        }
        assertThat(refused).isEqualTo(1);
        go.countDown();
        assertThat(get(port, "/metrics").statusCode()).isIn(200, 503);
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    @Test
    void whoConnectsAndStaysSilentIsInNobodysWay() throws Exception {
        MetricsServer server = MetricsServer.start(
                new MetricsServer.Settings("127.0.0.1", 0, Optional.empty()),
                vertx,
                workers,
                endpoint(List::of, Optional.empty()),
                8,
                Duration.ofMinutes(1));
        List<Socket> silent = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
            socket.getOutputStream().write("GET /metr".getBytes(StandardCharsets.US_ASCII));
            silent.add(socket);
        }
        for (int i = 0; i < 20; i++) {
            assertThat(get(server.port(), "/metrics").statusCode()).isEqualTo(200);
        }
        // All but those that fit have been hung up on.
        int open = 0;
        for (Socket socket : silent) {
            socket.setSoTimeout(200);
            try {
                open += socket.getInputStream().read() >= 0 ? 1 : 0;
            } catch (SocketTimeoutException e) {
                open++;
            } catch (IOException e) {
                assertThat(e).hasMessageContaining("reset");
            } finally {
                socket.close();
            }
        }
        assertThat(open).isLessThanOrEqualTo(8);
    }

    @Test
    void aPageThatCannotBeWrittenIsAnError() throws Exception {
        int port = MetricsServer.start(
                        new MetricsServer.Settings("127.0.0.1", 0, Optional.empty()),
                        vertx,
                        workers,
                        endpoint(
                                () -> {
                                    throw new IllegalStateException("a defect");
                                },
                                Optional.empty()))
                .port();
        assertThat(get(port, "/metrics").statusCode()).isEqualTo(500);
        assertThat(text(get(port, "/metrics").body())).doesNotContain("a defect");
    }

    private MetricsServer serve(Supplier<List<Family>> more, Optional<BasicAuth> auth) throws IOException {
        return MetricsServer.start(
                new MetricsServer.Settings("127.0.0.1", 0, Optional.empty()), vertx, workers, endpoint(more, auth));
    }

    private MetricsEndpoint endpoint(Supplier<List<Family>> more, Optional<BasicAuth> auth) {
        Family up = new Family("pg_up", Family.Type.GAUGE, "Help.", List.of(new Sample(Map.of(), 1)));
        return new MetricsEndpoint(
                vertx, workers, new Exposition(() -> List.of(more.get()), () -> List.of(up), List::of), auth);
    }

    static List<Family> large(int series) {
        List<Sample> samples = new ArrayList<>();
        for (int i = 0; i < series; i++) {
            samples.add(new Sample(Map.of("datname", "database", "relname", "a_rather_long_table_name_" + i), i));
        }
        return List.of(new Family("pg_stat_user_tables_n_live_tup", Family.Type.GAUGE, "Help.", samples));
    }

    private static void ask(Socket socket) throws IOException {
        OutputStream out = socket.getOutputStream();
        out.write("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        out.flush();
    }

    private static int status(Socket socket) throws IOException {
        byte[] line = socket.getInputStream().readNBytes(12);
        return Integer.parseInt(new String(line, StandardCharsets.US_ASCII).substring(9));
    }

    private static long drained(InputStream in) {
        long taken = 0;
        byte[] buffer = new byte[8192];
        try {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                taken += count;
            }
        } catch (IOException e) {
            return taken; // Reset: hung up on, too.
        }
        return taken;
    }

    private int login(int port, String credentials) throws Exception {
        String encoded = Base64.getEncoder().encodeToString(credentials.getBytes(StandardCharsets.UTF_8));
        return get(port, "/metrics", "Authorization", "Basic " + encoded).statusCode();
    }

    private HttpResponse<byte[]> send(int port, String method) throws Exception {
        return client.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics"))
                        .method(method, HttpRequest.BodyPublishers.noBody())
                        .build(),
                HttpResponse.BodyHandlers.ofByteArray());
    }

    private HttpResponse<byte[]> get(int port, String path, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    private static String overTls(int port, SSLContext trusting) throws Exception {
        try (HttpClient tls = HttpClient.newBuilder().sslContext(trusting).build()) {
            return tls.send(
                            HttpRequest.newBuilder(URI.create("https://localhost:" + port + "/metrics"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        }
    }

    private static byte[] unzipped(byte[] gzip) throws IOException {
        try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(gzip))) {
            return in.readAllBytes();
        }
    }

    private static String text(byte[] body) {
        return new String(body, StandardCharsets.UTF_8);
    }
}
