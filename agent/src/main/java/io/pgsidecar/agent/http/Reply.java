package io.pgsidecar.agent.http;

import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * An answer to a request.
 *
 * @param body text, with its line's end
 */
record Reply(int status, String contentType, String body, Map<String, String> headers) {

    Reply {
        headers = Map.copyOf(headers);
    }

    static Reply text(int status, String line) {
        return new Reply(status, "text/plain; charset=utf-8", line + "\n", Map.of());
    }

    static Reply json(int status, String json) {
        return new Reply(status, "application/json", json + "\n", Map.of());
    }

    /** The same with further headers; its own go before. */
    Reply with(Map<String, String> more) {
        Map<String, String> all = new HashMap<>(more);
        all.putAll(headers);
        return new Reply(status, contentType, body, all);
    }

    /** The same status, with further headers and nothing else to read. */
    Reply withoutBody(Map<String, String> more) {
        Map<String, String> all = new HashMap<>(headers);
        all.putAll(more);
        return new Reply(status, contentType, "", all);
    }

    /** Sends the answer; the body is left out where HEAD asked. To be called on the request's event loop. */
    void send(HttpServerRequest request) {
        HttpServerResponse response = request.response();
        if (response.ended() || response.closed()) {
            return;
        }
        response.setStatusCode(status).putHeader("Content-Type", contentType).putHeader("Cache-Control", "no-store");
        headers.forEach(response::putHeader);
        if (request.method().equals(HttpMethod.HEAD)) {
            response.putHeader("Content-Length", Integer.toString(body.getBytes(StandardCharsets.UTF_8).length));
            response.end();
        } else {
            response.end(body);
        }
    }
}
