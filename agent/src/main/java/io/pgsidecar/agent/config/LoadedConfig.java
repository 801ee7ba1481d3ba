package io.pgsidecar.agent.config;

import java.util.List;

/**
 * A configuration without errors.
 *
 * @param settings every key, in the order of the records, with where its value was given
 */
public record LoadedConfig(AgentConfig config, List<EffectiveSetting> settings) {

    public LoadedConfig {
        settings = List.copyOf(settings);
    }
}
