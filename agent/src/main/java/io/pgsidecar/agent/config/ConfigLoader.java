package io.pgsidecar.agent.config;

import io.pgsidecar.agent.config.Node.Section;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Loads the configuration: defaults, over them the file, over it the environment. */
public final class ConfigLoader {

    private ConfigLoader() {}

    /**
     * Loads the configuration, or says all that is wrong with it at once.
     *
     * @param file the file to read; if empty, the one that {@code PGSIDECAR_CONFIG} names; if that is unset, none
     * @param environment the process's variables
     */
    public static LoadedConfig load(Optional<Path> file, Map<String, String> environment) throws ConfigException {
        List<Key> keys = Key.allOf(AgentConfig.class);
        List<ConfigError> errors = new ArrayList<>();
        Optional<Path> named = file.or(() -> fileOf(environment));
        Optional<Section> tree =
                named.isPresent() ? YamlFile.read(named.get(), errors) : Optional.of(new Section("environment"));
        Section root = tree.orElseGet(() -> new Section("nothing"));
        new Environment(keys, errors).overlay(root, environment);
        Binder binder = new Binder(keys, errors);
        // Without the file's keys, what would be found now is not what is wrong.
        Optional<AgentConfig> config = tree.isPresent() ? binder.bind(AgentConfig.class, root) : Optional.empty();
        if (!errors.isEmpty()) {
            throw new ConfigException(errors);
        }
        return new LoadedConfig(config.orElseThrow(), binder.settings());
    }

    private static Optional<Path> fileOf(Map<String, String> environment) {
        return Optional.ofNullable(environment.get(Environment.CONFIG_FILE))
                .filter(name -> !name.isEmpty())
                .map(Path::of);
    }
}
