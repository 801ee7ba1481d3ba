package io.pgsidecar.agent.labels;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pgsidecar.k8s.LabelStatus;
import java.time.Instant;
import java.util.Locale;

/** What {@code /status} says of the label. */
public final class LabelJson {

    private LabelJson() {}

    /** Adds the object {@code kubernetes}. */
    public static void describe(LabelStatus status, ObjectNode json) {
        json.putObject("kubernetes")
                .put("pod", status.pod())
                .put("label", status.shown().map(LabelJson::word).orElse(null))
                .put("wanted", word(status.wanted()))
                .put("reason", status.reason())
                .put("heldBack", status.heldBack())
                .put("splitBrain", status.splitBrain())
                .put("lastPatch", status.lastPatch().map(Instant::toString).orElse(null))
                .put("lastLook", status.lastLook().map(Instant::toString).orElse(null))
                .put("lastError", status.lastError().orElse(null))
                .put("failures", status.failures());
    }

    private static String word(Enum<?> label) {
        return label.name().toLowerCase(Locale.ROOT);
    }
}
