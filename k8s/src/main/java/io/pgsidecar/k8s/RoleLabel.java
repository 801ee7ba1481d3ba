package io.pgsidecar.k8s;

import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A label and the values that it has.
 *
 * @param key such as {@code role} or {@code example.com/role}
 */
public record RoleLabel(String key, String primary, String replica) {

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?");
    private static final Pattern PREFIX = Pattern.compile("[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?");

    public RoleLabel {
        if (!validKey(key)) {
            throw new IllegalArgumentException("no key of a label: \"" + key + "\"");
        }
        if (!validValue(primary) || !validValue(replica) || primary.equals(replica)) {
            throw new IllegalArgumentException(
                    "two different values of a label are needed, not \"%s\" and \"%s\"".formatted(primary, replica));
        }
    }

    /** Whether the API takes it as the key of a label. */
    public static boolean validKey(String key) {
        int slash = key.indexOf('/');
        return slash < 0
                ? NAME.matcher(key).matches()
                : PREFIX.matcher(key.substring(0, slash)).matches()
                        && NAME.matcher(key.substring(slash + 1)).matches();
    }

    /** Whether the API takes it as the value of a label; an empty one would say nothing. */
    public static boolean validValue(String value) {
        return NAME.matcher(value).matches();
    }

    Optional<String> value(Wanted label) {
        return switch (label) {
            case PRIMARY -> Optional.of(primary);
            case REPLICA -> Optional.of(replica);
            case NONE -> Optional.empty();
        };
    }

    /** What the pod has; empty if it has another value than one of the two. */
    Optional<Wanted> of(Pod pod) {
        return of(pod.labels());
    }

    private Optional<Wanted> of(Map<String, String> labels) {
        String value = labels.get(key);
        if (value == null) {
            return Optional.of(Wanted.NONE);
        }
        if (value.equals(primary)) {
            return Optional.of(Wanted.PRIMARY);
        }
        return value.equals(replica) ? Optional.of(Wanted.REPLICA) : Optional.empty();
    }

    /** Whether the pod has it as it should be. */
    boolean shows(Pod pod, Wanted label) {
        return Objects.equals(pod.labels().get(key), value(label).orElse(null));
    }

    /** Which label a pod is to have. */
    public enum Wanted {
        PRIMARY,
        REPLICA,
        /** No label at all: no Service finds the pod. */
        NONE
    }
}
