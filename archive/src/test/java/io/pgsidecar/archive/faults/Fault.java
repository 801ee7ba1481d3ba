package io.pgsidecar.archive.faults;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What happens to one request. Where a fault strikes within a body it does so after {@code at} bytes of it, or in the
 * middle of a body that is shorter than twice that.
 */
public sealed interface Fault {

    /** Passed on after a while. */
    record Delay(Duration time) implements Fault {}

    /** Neither read any further than its head nor answered, until the proxy is closed or cut. */
    record Hang() implements Fault {}

    /** Answered up to the middle of the body, and then never again. */
    record HangInAnswer(long at) implements Fault {}

    /** The connection is reset before the store has seen anything. */
    record Reset() implements Fault {}

    /** The connection is reset within the body that the client sends; the store has seen the beginning. */
    record ResetInRequest(long at) implements Fault {}

    /** The connection is reset within the body that the store sends. */
    record ResetInAnswer(long at) implements Fault {}

    /** The store's body ends early, as if all were well, but its length does not fit. */
    record Truncate(long at) implements Fault {}

    /** The store's body ends early, and the answer's length says so too: only who knows better can tell. */
    record Shorten(long at) implements Fault {}

    /** One bit of the store's body is another one. */
    record Corrupt(long at) implements Fault {}

    /** One bit of the client's body is another one when it reaches the store. */
    record CorruptRequest(long at) implements Fault {}

    /** The store has done what was asked, and its answer gets lost: the connection is reset. */
    record LoseAnswer() implements Fault {}

    /** From this request on nothing works, until {@link FaultProxy#restore()}. */
    record Cut() implements Fault {}

    /**
     * The store does not see the request; this is the answer.
     *
     * @param headers whole lines
     */
    record Answer(int status, List<String> headers, String body) implements Fault {}

    /** An answer that both kinds of client understand, with the code as S3 gives it, and as Azure does. */
    static Fault answer(int status, String code) {
        return answer(status, code, code, List.of());
    }

    /** An answer for which the two have different codes. */
    static Fault answer(int status, String s3Code, String azureCode) {
        return answer(status, s3Code, azureCode, List.of());
    }

    private static Fault answer(int status, String s3Code, String azureCode, List<String> more) {
        List<String> headers = new ArrayList<>(more);
        headers.add("Content-Type: application/xml");
        headers.add("x-ms-error-code: " + azureCode);
        return new Answer(status, List.copyOf(headers), """
                <?xml version="1.0" encoding="UTF-8"?>
                <Error><Code>%s</Code><Message>By the fault proxy.</Message><RequestId>0</RequestId></Error>
                """.formatted(s3Code));
    }

    /** What S3 answers when it is asked too much: 503, to be tried again more slowly. */
    static Fault slowDown() {
        return answer(503, "SlowDown", "ServerBusy");
    }

    /** 429, to be tried again after so many seconds. */
    static Fault tooManyRequests(int retryAfterSeconds) {
        return answer(429, "TooManyRequests", "ServerBusy", List.of("Retry-After: " + retryAfterSeconds));
    }

    /** What S3 may answer to the completion of a multipart upload: 200, and the failure in the body. */
    static Fault failureWithStatus200() {
        return answer(200, "InternalError");
    }

    /** An answer of something that is no store, such as an ingress that knows no back end. */
    static Fault page(int status) {
        return new Answer(status, List.of("Content-Type: text/plain"), "default backend - " + status);
    }

    /** The bytes of an answer. */
    static byte[] bytes(Answer answer, boolean withBody, boolean last) {
        byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
        StringBuilder head = new StringBuilder("HTTP/1.1 " + answer.status() + " Fault\r\n");
        answer.headers().forEach(line -> head.append(line).append("\r\n"));
        head.append("Content-Length: ").append(body.length).append("\r\n");
        head.append(last ? "Connection: close\r\n\r\n" : "\r\n");
        return (withBody ? head.append(answer.body()) : head).toString().getBytes(StandardCharsets.UTF_8);
    }
}
