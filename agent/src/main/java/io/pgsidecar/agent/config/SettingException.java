package io.pgsidecar.agent.config;

/**
 * Thrown by the compact constructor of a configuration record: one component does not go together with the others.
 * Names the component and what would be right; the loader adds the whole key, the value and where it was given.
 */
final class SettingException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    private final String component;
    private final String problem;

    SettingException(String component, String problem) {
        super(component + ": " + problem);
        this.component = component;
        this.problem = problem;
    }

    String component() {
        return component;
    }

    String problem() {
        return problem;
    }
}
