package io.pgsidecar.archive.faults;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A client's connection, the one to the server that belongs to it, and the requests that come over them in turn. */
final class ProxiedConnection {

    private static final int BUFFER = 32 * 1024;
    /** How long a client may go on sending after it was answered. */
    private static final int DRAIN_MILLIS = 5_000;

    private final FaultProxy proxy;
    private final Socket client;
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile @Nullable Socket server;

    ProxiedConnection(FaultProxy proxy, Socket client) {
        this.proxy = proxy;
        this.client = client;
    }

    /** Serves until one of the two sides closes. */
    void serve() {
        try {
            client.setTcpNoDelay(true);
            InputStream fromClient = new BufferedInputStream(client.getInputStream(), BUFFER);
            @Nullable InputStream fromServer = null;
            for (Optional<MessageHead> head = MessageHead.read(fromClient);
                    head.isPresent();
                    head = MessageHead.read(fromClient)) {
                SeenRequest request = proxy.see(head.get());
                Fault fault = request.fault().orElse(new Fault.Delay(Duration.ZERO));
                if (fault instanceof Fault.Answer answer) {
                    if (!answerInPlace(head.get(), request, answer, fromClient)) {
                        return;
                    }
                    continue;
                }
                if (!mayGoOn(fault)) {
                    return;
                }
                if (fromServer == null) {
                    Socket connected = proxy.connectToServer();
                    server = connected;
                    if (closed.getCount() == 0) {
                        connected.close(); // Cut meanwhile.
                        return;
                    }
                    fromServer = new BufferedInputStream(connected.getInputStream(), BUFFER);
                }
                if (!exchange(head.get(), request, fault, fromClient, fromServer)) {
                    return;
                }
            }
        } catch (IOException e) {
            // One side has broken off; so is the other.
            reset();
        } finally {
            close();
        }
    }

    /** What a fault does before the request is passed on. */
    private boolean mayGoOn(Fault fault) {
        return switch (fault) {
            case Fault.Delay delay -> !closesWithin(delay.time().toMillis());
            case Fault.Hang hang -> !closesWithin(Long.MAX_VALUE);
            case Fault.Reset reset -> {
                reset();
                yield false;
            }
            case Fault.Cut cut -> {
                proxy.cut();
                yield false;
            }
            default -> true;
        };
    }

    /** Passes the request on, and the answer back; whether the connection can be used again. */
    private boolean exchange(
            MessageHead head, SeenRequest request, Fault fault, InputStream fromClient, InputStream fromServer)
            throws IOException {
        CompletableFuture<Void> sent = new CompletableFuture<>();
        MessageHead answer;
        proxy.passedOn();
        try {
            OutputStream toServer = new WhileItListens(serverOutput());
            toServer.write(head.bytes());
            MessageBody body = MessageBody.ofRequest(head);
            // At the same time as the answer is read: a server may have to say "100 Continue" first, or say no at once.
            Thread.ofVirtual().start(() -> send(body, fault, fromClient, toServer, sent));
            answer = nextHead(fromServer);
            while (answer.status() < 200) {
                client.getOutputStream().write(answer.bytes());
                answer = nextHead(fromServer);
            }
        } finally {
            proxy.answeredByServer();
        }
        boolean whole = giveBack(answer, MessageBody.ofAnswer(answer, head.method()), request, fault, fromServer);
        return whole
                && isSent(sent)
                && !answer.headerHas("Connection", "close")
                && !head.headerHas("Connection", "close");
    }

    private void send(
            MessageBody body,
            Fault fault,
            InputStream fromClient,
            OutputStream toServer,
            CompletableFuture<Void> sent) {
        BodySink sink = switch (fault) {
            case Fault.ResetInRequest reset -> BodySink.breakingOff(toServer, body.within(reset.at()));
            case Fault.CorruptRequest corrupt -> BodySink.corrupting(toServer, body.within(corrupt.at()));
            default -> new BodySink(toServer);
        };
        try {
            body.copy(fromClient, sink);
            sent.complete(null);
        } catch (IOException | NumberFormatException e) {
            sent.completeExceptionally(e);
            reset(); // The client has broken off, or the fault wants it so.
        }
    }

    private boolean giveBack(
            MessageHead answer, MessageBody body, SeenRequest request, Fault fault, InputStream fromServer)
            throws IOException {
        if (fault instanceof Fault.LoseAnswer) {
            body.copy(fromServer, BodySink.discarding());
            reset();
            return false;
        }
        OutputStream toClient = client.getOutputStream();
        request.answered().set(answer.status());
        if (!(fault instanceof Fault.Shorten shorten)) {
            toClient.write(answer.bytes());
        } else if (body.framing() == MessageBody.Framing.LENGTH) {
            toClient.write(answer.withContentLength(body.within(shorten.at())).bytes());
        } else {
            toClient.write(answer.bytes());
        }
        try {
            body.copy(fromServer, harmed(body, fault, toClient));
            return body.framing() != MessageBody.Framing.UNTIL_CLOSED;
        } catch (BodySink.BrokenOff e) {
            switch (fault) {
                case Fault.ResetInAnswer reset -> reset();
                case Fault.HangInAnswer hang -> {
                    boolean ignored = closesWithin(Long.MAX_VALUE);
                }
                default -> client.shutdownOutput();
            }
            return false;
        }
    }

    private static BodySink harmed(MessageBody body, Fault fault, OutputStream out) {
        if (body.isEmpty()) {
            return new BodySink(out);
        }
        return switch (fault) {
            case Fault.HangInAnswer hang -> BodySink.breakingOff(out, body.within(hang.at()));
            case Fault.ResetInAnswer reset -> BodySink.breakingOff(out, body.within(reset.at()));
            case Fault.Truncate truncate -> BodySink.breakingOff(out, body.within(truncate.at()));
            case Fault.Shorten shorten ->
                body.framing() == MessageBody.Framing.CHUNKED
                        ? BodySink.shorteningChunks(out, shorten.at())
                        : BodySink.breakingOff(out, body.within(shorten.at()));
            case Fault.Corrupt corrupt -> BodySink.corrupting(out, body.within(corrupt.at()));
            default -> new BodySink(out);
        };
    }

    /** The server does not see the request. Whether the connection can be used again. */
    private boolean answerInPlace(MessageHead head, SeenRequest request, Fault.Answer answer, InputStream fromClient)
            throws IOException {
        // A client that waits for "100 Continue" may send its body or not: the connection is of no use after that.
        boolean last = head.headerHas("Expect", "100-continue");
        if (!last) {
            MessageBody.ofRequest(head).copy(fromClient, BodySink.discarding());
        }
        request.answered().set(answer.status());
        client.getOutputStream().write(Fault.bytes(answer, !head.method().equals("HEAD"), last));
        if (last) {
            drain(fromClient);
        }
        return !last;
    }

    /** Reads what the client still sends: closed with something unread, a connection is reset, and the answer lost. */
    private void drain(InputStream fromClient) throws IOException {
        client.shutdownOutput();
        client.setSoTimeout(DRAIN_MILLIS);
        fromClient.transferTo(OutputStream.nullOutputStream());
    }

    private static MessageHead nextHead(InputStream fromServer) throws IOException {
        return MessageHead.read(fromServer).orElseThrow(() -> new IOException("the server has closed the connection"));
    }

    private static boolean isSent(CompletableFuture<Void> sent) {
        try {
            sent.get(DRAIN_MILLIS, TimeUnit.MILLISECONDS);
            return true;
        } catch (ExecutionException | TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /**
     * Swallows what the server does not take any more: it may have said no and closed, and the client is to get its
     * answer.
     */
    private static final class WhileItListens extends OutputStream {

        private final OutputStream server;
        private boolean listens = true;

        WhileItListens(OutputStream server) {
            this.server = server;
        }

        @Override
        public void write(int b) {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            if (listens) {
                try {
                    server.write(bytes, offset, length);
                } catch (IOException e) {
                    listens = false;
                }
            }
        }
    }

    private OutputStream serverOutput() throws IOException {
        Socket connected = server;
        if (connected == null) {
            throw new IOException("not connected");
        }
        return connected.getOutputStream();
    }

    private boolean closesWithin(long millis) {
        try {
            return closed.await(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    /** Both sides see a reset connection, not one that was closed in order. */
    void reset() {
        try {
            client.setSoLinger(true, 0);
        } catch (IOException e) {
            // Closed already.
        }
        close();
    }

    private void close() {
        closeQuietly(client);
        closeQuietly(server);
        closed.countDown();
        proxy.gone(this);
    }

    private static void closeQuietly(@Nullable Socket socket) {
        try {
            if (socket != null) {
                socket.close();
            }
        } catch (IOException e) {
            // It is gone, whatever it says.
        }
    }
}
