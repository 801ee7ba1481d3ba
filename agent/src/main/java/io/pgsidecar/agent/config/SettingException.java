package io.pgsidecar.agent.config;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Thrown by the compact constructor of a configuration record: one component does not go together with the others.
 * Names the component and what would be right; the loader adds the whole key, the value and where it was given.
 */
final class SettingException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    private final String component;
    private final @Nullable String problem;

    SettingException(String component, String problem) {
        super(component + ": " + problem);
        this.component = component;
        this.problem = problem;
    }

    private SettingException(String missing) {
        super(missing + " is missing");
        this.component = missing;
        this.problem = null;
    }

    /** What another component makes necessary must be given. */
    static void require(String component, Optional<?> value) {
        if (value.isEmpty()) {
            throw new SettingException(component);
        }
    }

    /** Of two components that are nothing without each other, neither is given alone. */
    static void requireTogether(String one, Optional<?> first, String other, Optional<?> second) {
        if (first.isPresent()) {
            require(other, second);
        } else if (second.isPresent()) {
            require(one, first);
        }
    }

    /** The component, or one of a component that is a section: {@code s3.bucket}. */
    String component() {
        return component;
    }

    /** Empty if the value is missing. */
    Optional<String> problem() {
        return Optional.ofNullable(problem);
    }
}
