package io.pgsidecar.k8s.fake;

import java.util.Set;

/**
 * A rule of a Role.
 *
 * @param names the objects that it is for; empty for all
 */
public record Rule(Set<String> verbs, Set<String> resources, Set<String> names) {

    public Rule {
        verbs = Set.copyOf(verbs);
        resources = Set.copyOf(resources);
        names = Set.copyOf(names);
    }

    /** For all objects of the kind. */
    public static Rule of(String resource, String... verbs) {
        return new Rule(Set.of(verbs), Set.of(resource), Set.of());
    }

    /** A rule with names never allows a list or a create: those have no name. */
    boolean allows(Call call) {
        return verbs.contains(call.verb())
                && resources.contains(call.resource())
                && (names.isEmpty() || names.contains(call.name()));
    }
}
