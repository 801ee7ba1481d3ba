package io.pgsidecar.archive.faults;

import io.pgsidecar.archive.stores.FreePort;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/1.1 proxy before an S3 or Azure server that does to requests what networks and stores do to them: by a
 * script ({@link #on}), at random ({@link #strikeAtRandom}), or to all of them ({@link #cut}). What it is not told to
 * harm it passes on byte for byte, the {@code Host} header included, so that signatures hold; a connection of the client
 * has one of its own to the server. Bodies are passed on as they come, whatever their length.
 *
 * <p>Safe for several threads.
 */
public final class FaultProxy implements AutoCloseable {

    private static final long RELEASE_NANOS = 60_000_000_000L;

    private record RandomFaults(Random random, double fraction, List<Fault> faults) {}

    private final InetSocketAddress server;
    private final int port;
    private final List<FaultRule> rules = new ArrayList<>();
    private final List<SeenRequest> seen = new CopyOnWriteArrayList<>();
    private final Set<ProxiedConnection> connections = ConcurrentHashMap.newKeySet();
    private @Nullable RandomFaults randomFaults;
    private final AtomicInteger atServer = new AtomicInteger();
    private @Nullable ServerSocket listener;

    private FaultProxy(InetSocketAddress server, ServerSocket listener) {
        this.server = server;
        this.listener = listener;
        this.port = listener.getLocalPort();
        listen(listener);
    }

    /** A proxy on a free port of 127.0.0.1 before a server, such as {@code http://127.0.0.1:9090}. */
    public static FaultProxy before(URI server) {
        while (true) {
            try {
                return new FaultProxy(
                        new InetSocketAddress(server.getHost(), server.getPort()), bound(FreePort.next()));
            } catch (BindException e) {
                // Somebody has it: another one.
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    public int port() {
        return port;
    }

    /** What a client is to be given in place of the server's own address. */
    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + port);
    }

    /** Begins a rule for requests of some kinds; of all where none is given. The first rule that fits counts. */
    public FaultRule on(RequestKind... kinds) {
        Set<RequestKind> which = kinds.length == 0 ? EnumSet.allOf(RequestKind.class) : EnumSet.copyOf(List.of(kinds));
        return new FaultRule(which, rule -> {
            synchronized (this) {
                rules.add(rule);
            }
        });
    }

    /** Strikes a part of all requests that no rule strikes, each with one of the faults. */
    public synchronized void strikeAtRandom(long seed, double fraction, List<Fault> faults) {
        randomFaults = new RandomFaults(new Random(seed), fraction, List.copyOf(faults));
    }

    /** No fault strikes any more; those that have struck go on. What was seen is kept, and a cut remains. */
    public synchronized void heal() {
        rules.clear();
        randomFaults = null;
    }

    /** Resets every connection, and refuses new ones until {@link #restore()}. */
    public void cut() {
        synchronized (this) {
            ServerSocket open = listener;
            listener = null;
            if (open != null) {
                try {
                    open.close();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }
        connections.forEach(ProxiedConnection::reset);
    }

    /** Ends a {@link #cut()}. */
    public synchronized void restore() {
        if (listener == null) {
            try {
                ServerSocket again = boundAgain();
                listener = again;
                listen(again);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** The thread that accepted keeps the closed socket, and with it the port, until it has noticed. */
    private ServerSocket boundAgain() throws IOException {
        long deadline = System.nanoTime() + RELEASE_NANOS;
        while (true) {
            try {
                return bound(port);
            } catch (BindException e) {
                if (System.nanoTime() > deadline) {
                    throw e;
                }
                Thread.onSpinWait();
            }
        }
    }

    public synchronized boolean isCut() {
        return listener == null;
    }

    /** Every request so far, in the order in which they came. */
    public List<SeenRequest> seen() {
        return List.copyOf(seen);
    }

    /** How many requests of a kind have come. */
    public long count(RequestKind kind) {
        return seen.stream().filter(s -> s.kind() == kind).count();
    }

    /** How many requests were struck. */
    public long struck() {
        return seen.stream().filter(s -> s.fault().isPresent()).count();
    }

    /** Waits until the server has answered all that was passed on to it, also where the client has given up. */
    void awaitServer() throws InterruptedException {
        while (atServer.get() > 0) {
            Thread.sleep(5);
        }
    }

    void passedOn() {
        atServer.incrementAndGet();
    }

    void answeredByServer() {
        atServer.decrementAndGet();
    }

    @Override
    public void close() {
        cut();
    }

    Socket connectToServer() throws IOException {
        Socket socket = new Socket();
        socket.connect(server, 60_000);
        socket.setTcpNoDelay(true);
        return socket;
    }

    /** Notes a request, and decides what becomes of it. */
    SeenRequest see(MessageHead request) {
        RequestKind kind = RequestKind.of(request);
        SeenRequest noted =
                new SeenRequest(kind, request.target(), faultFor(kind, request.target()), new AtomicInteger());
        seen.add(noted);
        return noted;
    }

    void gone(ProxiedConnection connection) {
        connections.remove(connection);
    }

    private synchronized Optional<Fault> faultFor(RequestKind kind, String target) {
        // Every rule sees the request: each counts those that it spares.
        @Nullable Fault first = null;
        for (FaultRule rule : rules) {
            if (first == null && rule.strikes(kind, target)) {
                first = rule.fault();
            }
        }
        RandomFaults atRandom = randomFaults;
        if (first == null && atRandom != null && atRandom.random().nextDouble() < atRandom.fraction()) {
            first = atRandom.faults()
                    .get(atRandom.random().nextInt(atRandom.faults().size()));
        }
        return Optional.ofNullable(first);
    }

    private static ServerSocket bound(int port) throws IOException {
        ServerSocket socket = new ServerSocket();
        try {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 200);
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    private void listen(ServerSocket socket) {
        Thread.ofVirtual().name("fault-proxy-" + port).start(() -> {
            while (true) {
                try {
                    ProxiedConnection connection = new ProxiedConnection(this, socket.accept());
                    connections.add(connection);
                    Thread.ofVirtual().start(connection::serve);
                } catch (IOException e) {
                    return; // Closed.
                }
                if (socket.isClosed()) { // Cut between the two: cut() did not see the connection.
                    connections.forEach(ProxiedConnection::reset);
                }
            }
        });
    }
}
