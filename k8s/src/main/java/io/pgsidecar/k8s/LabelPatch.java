package io.pgsidecar.k8s;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pgsidecar.k8s.RoleLabel.Wanted;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What has to change on the own pod, as a merge patch.
 *
 * @param labels the changed ones; null takes a label away
 * @param annotations the changed ones; null takes one away
 */
record LabelPatch(Map<String, @Nullable String> labels, Map<String, @Nullable String> annotations) {

    /**
     * The difference between what the pod has and what it is to have.
     *
     * @param keys all of them show the same
     * @param withLsn whether the LSN may be written for its own sake; with another change it always is
     */
    static LabelPatch of(
            Pod own, List<RoleLabel> keys, Wanted wanted, Observation now, boolean withLsn, Instant clock) {
        Map<String, @Nullable String> labels = new LinkedHashMap<>();
        for (RoleLabel key : keys) {
            if (!key.shows(own, wanted)) {
                labels.put(key.key(), key.value(wanted).orElse(null));
            }
        }
        Map<String, @Nullable String> annotations = new LinkedHashMap<>();
        Claim told = Claim.of(own);
        Optional<Claim> claim = Claim.of(now);
        if (claim.isPresent()) {
            Claim is = claim.get();
            if (!is.role().equals(told.role())) {
                annotations.put(Claim.ROLE, is.role());
                if (is.primary() && is.timeline() == 0 && told.timeline() > 0) {
                    // A promotion begins a timeline: that of the replica would make it an old primary's equal.
                    annotations.put(Claim.TIMELINE, null);
                }
            }
            if (is.timeline() > 0 && is.timeline() != told.timeline()) {
                annotations.put(Claim.TIMELINE, Long.toString(is.timeline()));
            }
            if (!is.systemIdentifier().isEmpty() && !is.systemIdentifier().equals(told.systemIdentifier())) {
                annotations.put(Claim.SYSTEM_IDENTIFIER, is.systemIdentifier());
            }
            if (!annotations.isEmpty()) {
                annotations.put(
                        Claim.ROLE_SINCE, clock.truncatedTo(ChronoUnit.SECONDS).toString());
            }
            boolean moved =
                    !now.lsn().isEmpty() && !now.lsn().equals(own.annotations().get(Claim.LSN));
            if (moved && (withLsn || !labels.isEmpty() || !annotations.isEmpty())) {
                annotations.put(Claim.LSN, now.lsn());
            }
        }
        return new LabelPatch(labels, annotations);
    }

    boolean empty() {
        return labels.isEmpty() && annotations.isEmpty();
    }

    /** Only the LSN: nothing that anybody decides by. */
    boolean lsnOnly() {
        return labels.isEmpty() && annotations.size() == 1 && annotations.containsKey(Claim.LSN);
    }

    /** For the pod as it was read. */
    ObjectNode json(Pod own) {
        ObjectNode patch = JsonNodeFactory.instance.objectNode();
        ObjectNode metadata = patch.putObject("metadata");
        metadata.put("resourceVersion", own.resourceVersion());
        if (!labels.isEmpty()) {
            ObjectNode object = metadata.putObject("labels");
            labels.forEach(object::put);
        }
        if (!annotations.isEmpty()) {
            ObjectNode object = metadata.putObject("annotations");
            annotations.forEach(object::put);
        }
        return patch;
    }
}
