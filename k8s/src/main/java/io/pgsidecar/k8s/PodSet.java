package io.pgsidecar.k8s;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which pods belong together with the own one. Without a configured selector it is the pods of the same StatefulSet,
 * told by their names: a StatefulSet's pods are {@code <its name>-<ordinal>} even while they have no owner, as between
 * {@code kubectl delete --cascade=orphan} and the adoption by its successor. Pods of another controller are told by its
 * uid.
 *
 * @param selector what the API is asked for; empty asks for all of the namespace
 */
record PodSet(Pod own, Optional<String> configured, String selector) {

    /** All pods of StatefulSets have it, and no others: one can ask for it without knowing the set's own labels. */
    private static final String STATEFUL = "statefulset.kubernetes.io/pod-name";

    private static final Pattern ORDINAL = Pattern.compile("(.+)-\\d+");

    static PodSet of(Pod own, Optional<String> configured) {
        return new PodSet(own, configured, configured.orElse(stateful(own) ? STATEFUL : ""));
    }

    /** The other pods among those that the API has listed. */
    List<Pod> others(List<Pod> listed) {
        return listed.stream()
                .filter(pod -> !pod.name().equals(own.name()))
                .filter(this::belongs)
                .toList();
    }

    private boolean belongs(Pod pod) {
        if (configured.isPresent()) {
            return true;
        }
        if (stateful(own)) {
            return setName(pod).equals(setName(own));
        }
        return own.controller().isPresent() && pod.controller().equals(own.controller());
    }

    private static boolean stateful(Pod pod) {
        return pod.labels().containsKey(STATEFUL) && !setName(pod).isEmpty();
    }

    private static String setName(Pod pod) {
        Matcher matcher = ORDINAL.matcher(pod.name());
        return matcher.matches() ? matcher.group(1) : "";
    }
}
