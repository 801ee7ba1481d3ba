package io.pgsidecar.agent.config;

import java.util.List;
import java.util.stream.Collectors;

/** The configuration cannot be used. The message has a line for each error; there are no secrets in it. */
public final class ConfigException extends Exception {

    private static final long serialVersionUID = 1L;

    @SuppressWarnings("serial") // never serialized
    private final List<ConfigError> errors;

    ConfigException(List<ConfigError> errors) {
        super(errors.stream()
                .map(error -> "\n  " + error)
                .collect(Collectors.joining("", errorsIn(errors.size()) + "; nothing was started:", "")));
        this.errors = List.copyOf(errors);
    }

    public List<ConfigError> errors() {
        return errors;
    }

    private static String errorsIn(int count) {
        return count == 1 ? "1 error in the configuration" : count + " errors in the configuration";
    }
}
