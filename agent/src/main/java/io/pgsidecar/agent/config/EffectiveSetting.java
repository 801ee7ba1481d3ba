package io.pgsidecar.agent.config;

import java.util.Optional;

/**
 * A key with the value that holds.
 *
 * @param value empty for an optional key that is not given
 * @param from where the value was given: {@code default}, {@code FILE:LINE} or a variable
 */
public record EffectiveSetting(String key, Optional<Object> value, String from) {

    /** The value as one would write it in the file; a secret is masked. */
    public Optional<String> text() {
        return value.map(ValueType::show);
    }
}
