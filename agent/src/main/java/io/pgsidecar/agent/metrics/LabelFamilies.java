package io.pgsidecar.agent.metrics;

import io.pgsidecar.k8s.LabelStatus;
import io.pgsidecar.k8s.RoleLabel;
import io.pgsidecar.probes.metrics.Family;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** How the pod's label stands. */
final class LabelFamilies {

    private LabelFamilies() {}

    static List<Family> of(LabelStatus label) {
        Families families = new Families();
        families.gauge(
                "pgsidecar_split_brain",
                "1 while the set has two primaries that this pod knows of: this one, which is held back or labelled, and"
                        + " another one.",
                label.splitBrain());
        families.gauge(
                "pgsidecar_held_back",
                "1 while this instance is a primary that gets no clients, since another one has the better right.",
                label.heldBack());
        families.state(
                "pgsidecar_label",
                "1 for the label that the pod shows, as far as its agent knows.",
                "label",
                RoleLabel.Wanted.values(),
                label.shown());
        families.state(
                "pgsidecar_label_wanted",
                "1 for the label that the pod is to show.",
                "label",
                RoleLabel.Wanted.values(),
                Optional.of(label.wanted()));
        families.gauge(
                "pgsidecar_label_failures",
                "Requests of the Kubernetes API that have failed in a row; 0 when all is well.",
                label.failures());
        families.counter(
                "pgsidecar_label_errors_total",
                "Requests of the Kubernetes API that have failed since the agent's start.",
                Map.of(),
                label.errors());
        families.counter(
                "pgsidecar_label_writes_total",
                "How often this agent has changed the label since its start.",
                Map.of(),
                label.patches());
        families.time(
                "pgsidecar_label_last_change_timestamp_seconds",
                "When this agent last changed the label; not there if it has not since its start.",
                Map.of(),
                label.lastPatch());
        families.time(
                "pgsidecar_label_last_look_timestamp_seconds",
                "When the Kubernetes API last told how the pod stands; not there if it has not since the agent's start.",
                Map.of(),
                label.lastLook());
        return families.all();
    }
}
