package io.pgsidecar.agent.shim;

import java.io.IOException;
import java.net.ProtocolException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/** One connection to the agent for one request. It never waits longer than its deadline. Used by one thread. */
final class AgentConnection implements AutoCloseable {

    private final Path socket;
    private final Deadline deadline;
    private final Selector selector;
    private final SocketChannel channel;
    private final SelectionKey key;

    /** @throws IOException if the system has no more descriptors, or the like */
    AgentConnection(Path socket, Deadline deadline) throws IOException {
        this.socket = socket;
        this.deadline = deadline;
        selector = Selector.open();
        channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        channel.configureBlocking(false);
        key = channel.register(selector, 0);
    }

    AgentReply ask(byte[] request) {
        ByteBuffer unsent = ByteBuffer.wrap(request);
        try {
            if (!channel.connect(UnixDomainSocketAddress.of(socket)) && !finishConnect()) {
                return new AgentReply.Late();
            }
            if (!send(unsent)) {
                return new AgentReply.Late();
            }
        } catch (IOException e) {
            // Nothing sent: it died before it took us from its queue, or the queue is full. Otherwise it may have
            // answered without reading all.
            if (unsent.position() == 0) {
                return notListening(e);
            }
        }
        try {
            return read();
        } catch (ProtocolException e) {
            return new AgentReply.NotHttp(messageOf(e));
        } catch (IOException e) {
            return new AgentReply.BrokenOff();
        }
    }

    private boolean finishConnect() throws IOException {
        do {
            if (!await(SelectionKey.OP_CONNECT)) {
                return false;
            }
        } while (!channel.finishConnect());
        return true;
    }

    private boolean send(ByteBuffer unsent) throws IOException {
        while (unsent.hasRemaining()) {
            if (channel.write(unsent) == 0 && !await(SelectionKey.OP_WRITE)) {
                return false;
            }
        }
        return true;
    }

    private AgentReply read() throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(AgentAnswer.LONGEST_HEADER + AgentAnswer.LONGEST_BODY);
        while (true) {
            int n = channel.read(bytes);
            if (n < 0) {
                return new AgentReply.BrokenOff();
            }
            AgentAnswer answer = n == 0 ? null : AgentAnswer.parse(bytes.array(), bytes.position());
            if (answer != null) {
                return new AgentReply.Answered(answer);
            }
            if (n == 0 && !await(SelectionKey.OP_READ)) {
                return new AgentReply.Late();
            }
        }
    }

    private boolean await(int operation) throws IOException {
        key.interestOps(operation);
        while (deadline.millisLeft() > 0) {
            selector.selectedKeys().clear();
            if (selector.select(deadline.millisLeft()) > 0) {
                return true;
            }
        }
        return false;
    }

    private AgentReply notListening(IOException e) {
        // A socket that we may not use stays so until somebody changes its rights or our user.
        boolean denied = Files.exists(socket) && !Files.isWritable(socket);
        return new AgentReply.NotListening(messageOf(e), !denied);
    }

    private static String messageOf(IOException e) {
        return Objects.requireNonNullElse(e.getMessage(), e.getClass().getSimpleName());
    }

    @Override
    public void close() {
        try {
            channel.close();
            selector.close();
        } catch (IOException e) {
            // There is nothing left that could be lost.
        }
    }
}
