package io.pgsidecar.probes;

/**
 * A probe's answer.
 *
 * @param ok 200 or 503
 * @param reason one line for a person
 */
public record ProbeAnswer(boolean ok, String reason) {

    static ProbeAnswer yes(String reason) {
        return new ProbeAnswer(true, reason);
    }

    static ProbeAnswer no(String reason) {
        return new ProbeAnswer(false, reason);
    }
}
