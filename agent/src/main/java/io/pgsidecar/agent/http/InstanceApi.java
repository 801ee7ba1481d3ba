package io.pgsidecar.agent.http;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.pgsidecar.agent.RefusedException;
import io.pgsidecar.agent.drain.Draining;
import io.pgsidecar.agent.promotion.Promotion;
import java.time.Duration;

/**
 * What changes the instance's part in the set: {@code POST /v1/drain}, {@code POST /v1/undrain} and
 * {@code POST /v1/promote?force=&timeout=}. Each may wait, and is called on a thread that may.
 */
public final class InstanceApi {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PROMOTION = Duration.ofSeconds(60);
    private static final Duration LONGEST = Duration.ofHours(1);

    private final Draining draining;
    private final Promotion promotion;
    private final Duration labelTimeout;

    /** @param labelTimeout how long a drain waits until the label is gone */
    public InstanceApi(Draining draining, Promotion promotion, Duration labelTimeout) {
        this.draining = draining;
        this.promotion = promotion;
        this.labelTimeout = labelTimeout;
    }

    /** Its body is empty if all is done; what could not be is a warning of the program that asked. */
    Reply drain() throws InterruptedException {
        return WalAnswer.drained(
                        draining.drain(labelTimeout)
                                ? ""
                                : "not ready any more, but the label was not removed within %d ms; it is tried on"
                                        .formatted(labelTimeout.toMillis()))
                .reply();
    }

    Reply undrain() {
        return Reply.json(
                200,
                JSON.createObjectNode().put("wasDraining", draining.undrain()).toString());
    }

    /** @param timeout in seconds; empty for a minute */
    Reply promote(String force, String timeout) throws InterruptedException {
        Duration wait;
        try {
            wait = timeout.isEmpty() ? PROMOTION : Duration.ofSeconds(Long.parseLong(timeout));
        } catch (NumberFormatException e) {
            return Reply.text(400, "timeout is a number of seconds");
        }
        if (wait.isNegative() || wait.isZero() || wait.compareTo(LONGEST) > 0) {
            return Reply.text(400, "timeout is from 1 to %d seconds".formatted(LONGEST.toSeconds()));
        }
        try {
            Promotion.Promoted now = promotion.promote(Boolean.parseBoolean(force), wait);
            return Reply.json(
                    200,
                    JSON.createObjectNode()
                            .put("promoted", true)
                            .put("timeline", now.timeline())
                            .put("lsn", now.lsn())
                            .toString());
        } catch (RefusedException e) {
            return Reply.json(
                    409,
                    JSON.createObjectNode()
                            .put("promoted", false)
                            .put("error", e.getMessage())
                            .put("hint", e.hint())
                            .put("exit", e.exit().code())
                            .toString());
        }
    }
}
