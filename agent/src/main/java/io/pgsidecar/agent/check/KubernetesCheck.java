package io.pgsidecar.agent.check;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pgsidecar.agent.labels.OwnPod;
import io.pgsidecar.k8s.KubernetesApi;
import io.pgsidecar.k8s.KubernetesException;
import io.pgsidecar.k8s.PodEvents;
import io.pgsidecar.k8s.PodLabeler;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/** Whether the pod's service account may do what labels need: each request is made, as a dry run where it would change. */
public final class KubernetesCheck {

    private static final String SUBJECT = "kubernetes";

    private final OwnPod own;
    private final Optional<String> selector;

    public KubernetesCheck(OwnPod own, Optional<String> selector) {
        this.own = own;
        this.selector = selector;
    }

    /** A request of the API. */
    @FunctionalInterface
    private interface Request {
        void send() throws KubernetesException, InterruptedException;
    }

    public List<Finding> run() throws InterruptedException {
        try (KubernetesApi api = own.api()) {
            List<Finding> findings = new ArrayList<>();
            // What the labeler would ask for, where the own pod may be read.
            AtomicReference<Optional<String>> ofTheSet = new AtomicReference<>(selector);
            if (!look(findings, "get pods", () -> ofTheSet.set(PodLabeler.selector(api.pod(own.name()), selector)))) {
                return findings;
            }
            look(findings, "patch pods", () -> api.tryPatch(own.name(), nothing()));
            look(findings, "list pods", () -> api.pods(ofTheSet.get()));
            look(findings, "create events", () -> api.tryCreateEvent(PodEvents.trial(own.namespace(), own.name())));
            if (findings.stream().allMatch(finding -> finding.level() == Finding.Level.OK)) {
                return List.of(Finding.ok(
                        SUBJECT,
                        "pod %s/%s: may get and patch it, list pods and create events"
                                .formatted(own.namespace(), own.name())));
            }
            return findings;
        }
    }

    private boolean look(List<Finding> findings, String right, Request request) throws InterruptedException {
        try {
            request.send();
            findings.add(Finding.ok(SUBJECT, "may " + right));
            return true;
        } catch (KubernetesException e) {
            String said = String.valueOf(e.getMessage());
            switch (e.kind()) {
                case FORBIDDEN -> {
                    String rule = "The Role of the pod's service account needs the verb \"%s\" for %s."
                            .formatted(right.substring(0, right.indexOf(' ')), right.substring(right.indexOf(' ') + 1));
                    findings.add(
                            right.equals("create events")
                                    ? Finding.warning(SUBJECT, said, rule)
                                    : Finding.failed(SUBJECT, said, rule));
                    // The other rights can be looked at.
                    return true;
                }
                case UNAUTHORIZED ->
                    findings.add(Finding.failed(
                            SUBJECT,
                            said,
                            "Is the token in %s of this pod?"
                                    .formatted(own.account().folder())));
                case NOT_FOUND ->
                    findings.add(Finding.failed(
                            SUBJECT, said, "Set POD_NAME by the downward API (metadata.name), or kubernetes.pod."));
                case CONFLICT, EXPIRED, INVALID, TOO_MANY_REQUESTS, UNAVAILABLE, NO_ANSWER, NOT_UNDERSTOOD ->
                    findings.add(Finding.failed(
                            SUBJECT,
                            said,
                            "Can the pod reach %s? See NetworkPolicies."
                                    .formatted(own.account().server())));
            }
            return false;
        }
    }

    private static ObjectNode nothing() {
        ObjectNode patch = JsonNodeFactory.instance.objectNode();
        patch.putObject("metadata").putObject("labels");
        return patch;
    }
}
