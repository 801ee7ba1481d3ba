package io.pgsidecar.agent.shim;

import io.pgsidecar.agent.ExitCode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Stands where the agent would and does to each connection what it is told: the last behaviour goes on for ever. */
final class FakeAgent implements AutoCloseable {

    /** What happens to a connection after its request has come; the connection is closed afterwards. */
    interface Behaviour {
        void serve(SocketChannel connection, FakeAgent agent) throws IOException, InterruptedException;
    }

    private final Path socket;
    private final ServerSocketChannel server;
    private final BlockingQueue<String> requests = new LinkedBlockingQueue<>();
    private final CountDownLatch released = new CountDownLatch(1);

    FakeAgent(Path socket, Behaviour... behaviours) throws IOException {
        this.socket = socket;
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(socket));
        Thread.ofPlatform().daemon().name("fake-agent").start(() -> accept(List.of(behaviours)));
    }

    static Behaviour answer(int status, String outcome, String body) {
        return send(response(status, outcome, body));
    }

    static Behaviour answer(ExitCode outcome) {
        return answer(outcome.httpStatus(), String.valueOf(outcome.outcome()), outcome.meaning() + "\n");
    }

    static String response(int status, String outcome, String body) {
        return "HTTP/1.1 " + status + " Whatever\r\nPgsidecar-Outcome: " + outcome + "\r\nContent-Length: "
                + body.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n" + body;
    }

    /** Sends the text and closes the connection. */
    static Behaviour send(String text) {
        return (connection, agent) -> write(connection, text);
    }

    /** Every byte is a write of its own. */
    static Behaviour dribble(String text) {
        return (connection, agent) -> {
            for (String letter : text.split("", -1)) {
                write(connection, letter);
            }
        };
    }

    /** Says nothing until {@link #release} is called, and then this. */
    static Behaviour hangThen(Behaviour then) {
        return (connection, agent) -> {
            agent.released.await();
            then.serve(connection, agent);
        };
    }

    /** As a killed agent: the connection ends after this much of its answer, and nobody listens any more. */
    static Behaviour die(String afterSending) {
        return (connection, agent) -> {
            agent.server.close();
            write(connection, afterSending);
        };
    }

    void release() {
        released.countDown();
    }

    /** The head of the next request. */
    String request() throws InterruptedException {
        String request = requests.poll(60, TimeUnit.SECONDS);
        if (request == null) {
            throw new AssertionError("no request has come for a minute");
        }
        return request;
    }

    /** How many requests have come and were not taken by {@link #request}. */
    int waiting() {
        return requests.size();
    }

    /** What a killed agent leaves: a socket on which nobody listens. */
    static void leaveDeadSocket(Path socket) throws IOException {
        try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            dead.bind(UnixDomainSocketAddress.of(socket));
        }
    }

    private void accept(List<Behaviour> behaviours) {
        for (int i = 0; server.isOpen(); i++) {
            Behaviour behaviour = behaviours.get(Math.min(i, behaviours.size() - 1));
            try (SocketChannel connection = server.accept()) {
                requests.add(readHead(connection));
                behaviour.serve(connection, this);
            } catch (IOException e) {
                // The shim went away, or this agent did.
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private static String readHead(SocketChannel connection) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(256 * 1024);
        while (true) {
            int n = connection.read(bytes);
            String head = new String(bytes.array(), 0, bytes.position(), StandardCharsets.ISO_8859_1);
            if (n < 0 || head.endsWith("\r\n\r\n")) {
                return head;
            }
        }
    }

    private static void write(SocketChannel connection, String text) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            connection.write(bytes);
        }
    }

    @Override
    public void close() {
        release();
        try {
            server.close();
            Files.deleteIfExists(socket);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
