package io.pgsidecar.probes;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;

/**
 * Asks the postmaster for a first answer and hangs up. A kept session goes on while its postmaster is stopped or hung,
 * and no client could connect. What is asked is whether it encrypts with GSSAPI: of all that is asked before a login it
 * alone leaves nothing in PostgreSQL's log (but with {@code log_connections}), however it is answered.
 */
final class PostmasterKnock {

    private static final int LENGTH = 8;
    private static final int GSS_ENCRYPTION_REQUEST = 80877104;

    private PostmasterKnock() {}

    /**
     * Returns if there was an answer.
     *
     * @throws IOException if not: refused, too slow, or closed
     */
    static void on(InstanceAddress address) throws IOException {
        int timeout = Math.toIntExact(address.connectTimeout().toMillis());
        try (Socket socket = new Socket()) {
            socket.setSoTimeout(timeout);
            socket.connect(new InetSocketAddress(address.host(), address.port()), timeout);
            socket.getOutputStream()
                    .write(ByteBuffer.allocate(LENGTH)
                            .putInt(LENGTH)
                            .putInt(GSS_ENCRYPTION_REQUEST)
                            .array());
            if (socket.getInputStream().read() < 0) {
                throw new EOFException("the connection was closed without an answer");
            }
        }
    }
}
