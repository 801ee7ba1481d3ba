package io.pgsidecar.agent.statuspage;

/**
 * How a probe would be answered now.
 *
 * @param name what it asks
 * @param status HTTP's
 * @param reason one line
 */
public record Verdict(String name, String path, int status, String reason) {

    /** Whether the answer is yes. */
    public boolean ok() {
        return status == 200;
    }
}
