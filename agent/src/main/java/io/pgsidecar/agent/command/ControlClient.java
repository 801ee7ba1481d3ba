package io.pgsidecar.agent.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Asks the agent on its control socket for what it answers in JSON. For one thread. */
final class ControlClient {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MAX_BYTES = 1024 * 1024;

    private final Path socket;
    private final Duration timeout;

    ControlClient(Path socket, Duration timeout) {
        this.socket = socket;
        this.timeout = timeout;
    }

    /** An answer with its HTTP status. */
    record Answer(int status, JsonNode json) {}

    /** The same, whatever it is. */
    record Text(int status, String body) {}

    /**
     * Asks once.
     *
     * @throws NoAgentException if nobody answers, or something that is no agent
     */
    Answer ask(String method, String path) throws NoAgentException, InterruptedException {
        Text text = text(method, path);
        try {
            return new Answer(text.status(), JSON.readTree(text.body()));
        } catch (JsonProcessingException e) {
            throw new NoAgentException(
                    "the agent on %s answered no JSON, but: %s"
                            .formatted(socket, text.body().strip()),
                    e);
        }
    }

    /** The same, for what is not answered in JSON. */
    Text text(String method, String path) throws NoAgentException, InterruptedException {
        CompletableFuture<Text> answer = new CompletableFuture<>();
        Thread asking = Thread.ofVirtual().start(() -> {
            try {
                answer.complete(exchange(method, path));
            } catch (IOException | RuntimeException e) {
                answer.completeExceptionally(e);
            }
        });
        try {
            return answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            asking.interrupt();
            throw new NoAgentException("no answer on %s within %d s".formatted(socket, timeout.toSeconds()), e);
        } catch (ExecutionException e) {
            throw new NoAgentException("cannot ask the agent on %s: %s".formatted(socket, e.getCause()), e);
        }
    }

    private Text exchange(String method, String path) throws IOException {
        String text;
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            ByteBuffer request =
                    ByteBuffer.wrap("%s %s HTTP/1.1\r\nHost: agent\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                            .formatted(method, path)
                            .getBytes(StandardCharsets.US_ASCII));
            while (request.hasRemaining()) {
                channel.write(request);
            }
            text = new String(Channels.newInputStream(channel).readNBytes(MAX_BYTES), StandardCharsets.UTF_8);
        }
        int body = text.indexOf("\r\n\r\n");
        if (!text.startsWith("HTTP/1.1 ") || body < 0) {
            throw new IOException("it is answered by something else than an agent");
        }
        return new Text(Integer.parseInt(text.substring(9, 12)), text.substring(body + 4));
    }
}
