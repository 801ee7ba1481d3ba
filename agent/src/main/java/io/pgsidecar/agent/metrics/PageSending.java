package io.pgsidecar.agent.metrics;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.Iterator;

/** Sends a page, no faster than it is read. For the event loop's thread only. */
final class PageSending {

    private final HttpServerResponse response;
    private final Exposition.Written page;
    private final boolean head;
    private final Iterator<byte[]> pieces;

    PageSending(HttpServerRequest request, Exposition.Written page) {
        this.response = request.response();
        this.page = page;
        this.head = request.method().equals(HttpMethod.HEAD);
        this.pieces = page.pieces().iterator();
    }

    void begin() {
        response.putHeader("Content-Type", page.format().contentType())
                .putHeader("Content-Length", Long.toString(page.length()));
        if (page.gzip()) {
            response.putHeader("Content-Encoding", "gzip");
        }
        if (head) {
            response.end();
            return;
        }
        go();
    }

    /** The next piece when the last one is on its way. */
    private void go() {
        Buffer piece = Buffer.buffer(pieces.next());
        if (pieces.hasNext()) {
            response.write(piece).onSuccess(written -> go());
        } else {
            response.end(piece);
        }
    }
}
