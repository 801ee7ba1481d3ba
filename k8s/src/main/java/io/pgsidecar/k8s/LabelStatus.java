package io.pgsidecar.k8s;

import io.pgsidecar.k8s.RoleLabel.Wanted;
import java.time.Instant;
import java.util.Optional;

/**
 * How it stands with the label; immutable.
 *
 * @param pod the own pod's name
 * @param shown what the API shows, as far as this agent knows; empty before the first look
 * @param wanted what it is to show
 * @param heldBack a primary that may have no clients, since another one has the better right
 * @param splitBrain there are two primaries that the set can know of
 * @param reason why that label is wanted
 * @param timeline that the decision was made for
 * @param lastPatch when a label was last changed by this agent
 * @param lastLook when the API last told how the pod stands
 * @param lastError of the last request that failed
 * @param failures in a row; 0 when all is well
 * @param patches how often a label was changed since the agent's start
 * @param errors how many requests have failed since the agent's start
 */
public record LabelStatus(
        String pod,
        Optional<Wanted> shown,
        Wanted wanted,
        boolean heldBack,
        boolean splitBrain,
        String reason,
        long timeline,
        Optional<Instant> lastPatch,
        Optional<Instant> lastLook,
        Optional<String> lastError,
        int failures,
        long patches,
        long errors) {

    static LabelStatus unknown(String pod) {
        return new LabelStatus(
                pod,
                Optional.empty(),
                Wanted.NONE,
                false,
                false,
                "not looked at yet",
                0,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                0,
                0,
                0);
    }

    LabelStatus decided(Wanted shownNow, LabelDecision decision, long timelineNow, Instant when) {
        return new LabelStatus(
                pod,
                Optional.of(shownNow),
                decision.label(),
                decision.heldBack(),
                decision.splitBrain(),
                decision.reason(),
                timelineNow,
                lastPatch,
                Optional.of(when),
                lastError,
                failures,
                patches,
                errors);
    }

    LabelStatus patched(Instant when) {
        return new LabelStatus(
                pod,
                Optional.of(wanted),
                wanted,
                heldBack,
                splitBrain,
                reason,
                timeline,
                Optional.of(when),
                lastLook,
                lastError,
                failures,
                patches + 1,
                errors);
    }

    LabelStatus failed(String error) {
        return new LabelStatus(
                pod,
                shown,
                wanted,
                heldBack,
                splitBrain,
                reason,
                timeline,
                lastPatch,
                lastLook,
                Optional.of(error),
                failures + 1,
                patches,
                errors + 1);
    }

    LabelStatus well() {
        return new LabelStatus(
                pod,
                shown,
                wanted,
                heldBack,
                splitBrain,
                reason,
                timeline,
                lastPatch,
                lastLook,
                lastError,
                0,
                patches,
                errors);
    }
}
