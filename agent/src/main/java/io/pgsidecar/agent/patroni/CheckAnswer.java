package io.pgsidecar.agent.patroni;

/**
 * What a load balancer is told.
 *
 * @param status 200 to send clients, 503 not to, 501 where only Patroni's consensus would know
 * @param reason one line for a person
 */
public record CheckAnswer(int status, String reason) {

    static CheckAnswer yes(String reason) {
        return new CheckAnswer(200, reason);
    }

    static CheckAnswer no(String reason) {
        return new CheckAnswer(503, reason);
    }

    static CheckAnswer unknowable(String reason) {
        return new CheckAnswer(501, reason);
    }

    boolean ok() {
        return status == 200;
    }
}
