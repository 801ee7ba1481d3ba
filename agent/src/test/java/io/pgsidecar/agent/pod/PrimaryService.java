package io.pgsidecar.agent.pod;

import io.pgsidecar.probes.postgres.PostgresServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A port that leads to whoever is the primary, as a Service does by a label. Nothing listens while there is none. What
 * was connected is cut off when another one is.
 */
public final class PrimaryService implements AutoCloseable {

    private final int port = PostgresServer.freePort();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private @Nullable ServerSocket listening;

    public int port() {
        return port;
    }

    /** Leads to a server from now on. */
    public void leadTo(PostgresServer server) {
        leadNowhere();
        // The one before may be in use by its thread for a moment.
        server.await("the Service's port is free", () -> {
            try {
                ServerSocket ignored = listen(server);
                return true;
            } catch (BindException e) {
                return false;
            }
        });
    }

    private ServerSocket listen(PostgresServer server) throws IOException {
        ServerSocket socket = new ServerSocket();
        try {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        } catch (IOException e) {
            socket.close();
            throw e;
        }
        listening = socket;
        Thread.ofVirtual().start(() -> serve(socket, server.port()));
        return socket;
    }

    /** There is no primary. */
    public void leadNowhere() {
        ServerSocket socket = listening;
        listening = null;
        if (socket != null) {
            shut(socket);
        }
        open.forEach(PrimaryService::shut);
        open.clear();
    }

    private void serve(ServerSocket socket, int target) {
        while (!socket.isClosed()) {
            try {
                lead(socket, socket.accept(), target);
            } catch (IOException e) {
                // Closed, or the server is not there: the caller sees it.
            }
        }
    }

    private void lead(ServerSocket socket, Socket caller, int target) throws IOException {
        open.add(caller);
        try {
            Socket callee = new Socket(InetAddress.getLoopbackAddress(), target);
            open.add(callee);
            Thread.ofVirtual().start(() -> copy(caller, callee));
            Thread.ofVirtual().start(() -> copy(callee, caller));
            if (socket.isClosed()) { // Meanwhile: who closed it may not have seen these two.
                shut(caller);
                shut(callee);
            }
        } catch (IOException e) {
            open.remove(caller);
            shut(caller);
            throw e;
        }
    }

    private void copy(Socket from, Socket to) {
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] buffer = new byte[64 * 1024];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                out.write(buffer, 0, n);
            }
        } catch (IOException e) {
            // One of the two hung up.
        } finally {
            open.remove(from);
            open.remove(to);
        }
    }

    private static void shut(AutoCloseable socket) {
        try {
            socket.close();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        leadNowhere();
    }
}
