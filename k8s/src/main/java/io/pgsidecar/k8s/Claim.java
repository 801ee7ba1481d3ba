package io.pgsidecar.k8s;

import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What an agent says of its instance in its pod's annotations, for the other agents of the set to read. The label says
 * where clients go; this says what the instance is, whether or not it may have clients.
 *
 * @param role {@code primary}, {@code replica}; empty if the pod says nothing
 * @param timeline 0 if it says none
 * @param systemIdentifier empty if it says none
 */
record Claim(String role, long timeline, String systemIdentifier) {

    static final String ROLE = "pgsidecar.io/role";
    static final String TIMELINE = "pgsidecar.io/timeline";
    static final String SYSTEM_IDENTIFIER = "pgsidecar.io/system-identifier";
    static final String LSN = "pgsidecar.io/lsn";
    static final String ROLE_SINCE = "pgsidecar.io/role-since";
    /** Set by a person, on the pod that is to be the primary: timelines up to this one are given up. */
    static final String ABANDONED = "pgsidecar.io/abandoned-timeline";

    private static final Pattern TIMELINE_ID = Pattern.compile("[1-9]\\d{0,9}");

    static Claim of(Pod pod) {
        Map<String, String> annotations = pod.annotations();
        return new Claim(
                annotations.getOrDefault(ROLE, ""),
                timeline(annotations.getOrDefault(TIMELINE, "")),
                annotations.getOrDefault(SYSTEM_IDENTIFIER, ""));
    }

    /** What the observation would have the pod say; empty while the role is not known. */
    static Optional<Claim> of(Observation now) {
        return switch (now.role()) {
            case PRIMARY -> Optional.of(new Claim("primary", now.timeline(), now.systemIdentifier()));
            case REPLICA -> Optional.of(new Claim("replica", now.timeline(), now.systemIdentifier()));
            case UNKNOWN -> Optional.empty();
        };
    }

    boolean primary() {
        return role.equals("primary");
    }

    boolean otherSystemThan(String identifier) {
        return !systemIdentifier.isEmpty() && !identifier.isEmpty() && !systemIdentifier.equals(identifier);
    }

    /** The last timeline that a person has given up on this pod; 0 for none. */
    static long abandoned(Pod pod) {
        return timeline(pod.annotations().getOrDefault(ABANDONED, ""));
    }

    private static long timeline(String text) {
        return TIMELINE_ID.matcher(text).matches() ? Long.parseLong(text) : 0;
    }
}
