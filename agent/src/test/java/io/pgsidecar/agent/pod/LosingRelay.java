package io.pgsidecar.agent.pod;

import io.pgsidecar.probes.postgres.RunAs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Stands between the shim and the agent and can lose an answer after the agent has given it: the moment between "it is
 * stored" and "PostgreSQL knows".
 */
public final class LosingRelay implements AutoCloseable {

    private final Path socket;
    private final Path agent;
    private final ServerSocketChannel server;
    private final AtomicReference<@Nullable Runnable> atTheLoss = new AtomicReference<>();
    private final AtomicInteger lost = new AtomicInteger();

    public LosingRelay(Path socket, Path agent) throws IOException {
        this.socket = socket;
        this.agent = agent;
        this.server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(socket));
        RunAs.own(socket);
        Thread.ofVirtual().start(this::serve);
    }

    public Path socket() {
        return socket;
    }

    /** The next answer is read and thrown away, then the action is run, and only then the caller is cut off. */
    public void loseTheNextAnswer(Runnable action) {
        atTheLoss.set(action);
    }

    /** How many answers were lost. */
    public int lost() {
        return lost.get();
    }

    private void serve() {
        while (server.isOpen()) {
            try (SocketChannel caller = server.accept();
                    SocketChannel callee = SocketChannel.open(UnixDomainSocketAddress.of(agent))) {
                ByteBuffer buffer = ByteBuffer.allocate(64 * 1024);
                caller.read(buffer);
                callee.write(buffer.flip());
                buffer.clear();
                int read;
                do { // The shim asks for the connection to be closed, so the answer ends with it.
                    read = callee.read(buffer);
                } while (read >= 0);
                Runnable action = atTheLoss.getAndSet(null);
                if (action != null) {
                    lost.incrementAndGet();
                    action.run();
                } else {
                    caller.write(buffer.flip());
                }
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
