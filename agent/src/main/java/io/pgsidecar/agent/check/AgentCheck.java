package io.pgsidecar.agent.check;

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

/** Whether the agent answers on its control socket, as it must for archive_command. */
public final class AgentCheck {

    private static final String SUBJECT = "agent";
    private static final byte[] REQUEST =
            "GET /status HTTP/1.1\r\nHost: agent\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final Path socket;
    private final Duration timeout;

    public AgentCheck(Path socket, Duration timeout) {
        this.socket = socket;
        this.timeout = timeout;
    }

    public Finding run() throws InterruptedException {
        CompletableFuture<String> answer = new CompletableFuture<>();
        Thread asking = Thread.ofVirtual().start(() -> {
            try {
                answer.complete(statusLine());
            } catch (IOException | RuntimeException e) {
                answer.completeExceptionally(e);
            }
        });
        try {
            String status = answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            return status.startsWith("HTTP/1.1 200")
                    ? Finding.ok(SUBJECT, "answers on " + socket)
                    : Finding.failed(
                            SUBJECT, "%s is answered by something else: \"%s\"".formatted(socket, status), remedy());
        } catch (TimeoutException e) {
            asking.interrupt();
            return Finding.failed(
                    SUBJECT, "no answer on %s within %d s".formatted(socket, timeout.toSeconds()), remedy());
        } catch (ExecutionException e) {
            return Finding.failed(
                    SUBJECT, "cannot connect to %s: %s".formatted(socket, String.valueOf(e.getCause())), remedy());
        }
    }

    private String statusLine() throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            ByteBuffer request = ByteBuffer.wrap(REQUEST);
            while (request.hasRemaining()) {
                channel.write(request);
            }
            byte[] start = Channels.newInputStream(channel).readNBytes("HTTP/1.1 200".length());
            return new String(start, StandardCharsets.US_ASCII);
        }
    }

    private static String remedy() {
        return "Start the agent (pgsidecar run), with the same control.socket, on a volume that PostgreSQL's container"
                + " mounts too.";
    }
}
