package io.pgsidecar.archive.repository.azure;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.pgsidecar.archive.repository.azure.AzureSettings.Connection;
import io.pgsidecar.archive.repository.azure.AzureSettings.Credentials;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** Says on HTTP what a test has it say, in that order, and keeps what it was asked. */
final class ScriptedService implements AutoCloseable {

    /** One answer. */
    @FunctionalInterface
    interface Answer {
        void to(HttpExchange exchange) throws IOException;
    }

    /** One request; headers by their names in lower case, the first value of each. */
    record Asked(String method, String query, Map<String, String> headers, int bodyLength) {}

    private final Queue<Answer> script = new ArrayDeque<>();
    private final List<Asked> asked = new ArrayList<>();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpServer server;

    ScriptedService() throws IOException {
        this(null);
    }

    /** Speaks HTTPS if it is given what for. */
    ScriptedService(@Nullable SSLContext tls) throws IOException {
        InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        if (tls == null) {
            server = HttpServer.create(anyPort, 0);
        } else {
            HttpsServer https = HttpsServer.create(anyPort, 0);
            https.setHttpsConfigurator(new HttpsConfigurator(tls));
            server = https;
        }
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    /** Adds to the script. */
    ScriptedService then(Answer answer) {
        synchronized (script) {
            script.add(answer);
        }
        return this;
    }

    List<Asked> asked() {
        synchronized (asked) {
            return List.copyOf(asked);
        }
    }

    URI endpoint() {
        return URI.create("http://127.0.0.1:" + port() + "/pgsidecartest");
    }

    int port() {
        return server.getAddress().getPort();
    }

    /** Settings that lead here, with an account key. */
    AzureSettings settings(Path folder, int attempts, Duration requestTimeout) {
        Path key = TestSettings.write(folder.resolve("account.key"), "c2VjcmV0");
        return TestSettings.at(
                endpoint(),
                "wal",
                Credentials.accountKey(key),
                new Connection(
                        Optional.empty(),
                        Optional.empty(),
                        Duration.ofSeconds(30),
                        requestTimeout,
                        Duration.ofMinutes(2),
                        attempts));
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    /** An answer as the service gives it. */
    static Answer answer(int status, Map<String, String> headers, byte[] body) {
        return exchange -> {
            headers.forEach(exchange.getResponseHeaders()::add);
            boolean head = exchange.getRequestMethod().equals("HEAD");
            exchange.sendResponseHeaders(status, head || body.length == 0 ? -1 : body.length);
            if (!head) {
                exchange.getResponseBody().write(body);
            }
            exchange.close();
        };
    }

    static Answer answer(int status, Map<String, String> headers, String body) {
        return answer(status, headers, body.getBytes(StandardCharsets.UTF_8));
    }

    /** A refusal with the service's error code. */
    static Answer refusal(int status, String code) {
        return answer(
                status,
                Map.of("x-ms-error-code", code, "x-ms-request-id", "request-17", "Content-Type", "application/xml"),
                "<?xml version=\"1.0\"?><Error><Code>%s</Code><Message>words</Message></Error>".formatted(code));
    }

    /** No answer: the connection ends. */
    static Answer hangUp() {
        return HttpExchange::close;
    }

    private void handle(HttpExchange exchange) throws IOException {
        int length = exchange.getRequestBody().readAllBytes().length;
        Map<String, String> headers = new HashMap<>();
        exchange.getRequestHeaders()
                .forEach((name, values) -> headers.put(name.toLowerCase(Locale.ROOT), values.getFirst()));
        String query = exchange.getRequestURI().getQuery();
        synchronized (asked) {
            asked.add(new Asked(exchange.getRequestMethod(), query == null ? "" : query, headers, length));
        }
        Answer next;
        synchronized (script) {
            next = script.poll();
        }
        (next == null ? answer(418, Map.of(), "the script is at its end") : next).to(exchange);
    }
}
