package io.pgsidecar.k8s.fake;

import java.time.Duration;

/** What the API does to a request in place of its answer. */
public sealed interface Fault {

    /** Answers with a Status; the request has no effect. */
    record Answer(int status, String reason, String message, int retryAfterSeconds) implements Fault {}

    /** Answers with a page that is not the API's, as a load balancer does. */
    record Page(int status, String html) implements Fault {}

    /** Does not answer for so long, and has no effect. */
    record Hang(Duration time) implements Fault {}

    /** Carries the request out, but closes the connection before the answer. */
    record LoseAnswer() implements Fault {}

    /** Closes the connection; no effect. */
    record Drop() implements Fault {}

    /** Answers late. */
    record Slow(Duration time) implements Fault {}

    /** Sends the head of the answer, and never the body. */
    record HalfAnswer(Duration time) implements Fault {}

    /** 500, which may pass. */
    static Fault internalError() {
        return new Answer(500, "InternalError", "Internal error occurred: etcdserver: leader changed", 0);
    }

    /** 503, as while the API server is starting. */
    static Fault unavailable() {
        return new Answer(503, "ServiceUnavailable", "the server is currently unable to handle the request", 0);
    }

    /** 429 of priority and fairness. */
    static Fault tooManyRequests(int seconds) {
        return new Answer(429, "TooManyRequests", "The server is currently busy, please try again later", seconds);
    }
}
