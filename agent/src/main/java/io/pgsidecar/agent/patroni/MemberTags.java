package io.pgsidecar.agent.patroni;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What a member is marked with; load balancers choose replicas by it. */
public record MemberTags(Map<String, String> values) {

    private static final String NO_LOAD_BALANCE = "noloadbalance";

    public MemberTags {
        values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }

    /** Whether no load balancer should use this replica. */
    boolean notBalanced() {
        return "true".equals(values.get(NO_LOAD_BALANCE));
    }

    /** Why the member is not one with these tags; empty if it is. */
    Optional<String> lacks(Map<String, String> wanted) {
        return new TreeMap<>(wanted)
                .entrySet().stream()
                        .filter(tag -> !tag.getValue().equals(values.get(tag.getKey())))
                        .map(tag -> {
                            String has = values.get(tag.getKey());
                            return has == null
                                    ? "the tag %s is not set here".formatted(tag.getKey())
                                    : "the tag %s is %s here, not %s".formatted(tag.getKey(), has, tag.getValue());
                        })
                        .findFirst();
    }
}
