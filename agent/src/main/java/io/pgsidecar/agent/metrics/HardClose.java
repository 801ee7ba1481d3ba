package io.pgsidecar.agent.metrics;

import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.ConnectionBase;

/**
 * Ends a connection without waiting for its reader. Vert.x' own {@code close} does so when all that was written is on its
 * way, which is never with a reader that takes nothing; it has no other one but for Netty's, below its own handler.
 */
final class HardClose {

    private HardClose() {}

    static void of(HttpConnection connection) {
        Object ignored = connection instanceof ConnectionBase ofNetty
                ? ofNetty.channelHandlerContext().close()
                : connection.close();
    }
}
