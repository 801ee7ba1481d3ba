package io.pgsidecar.agent.command;

import io.pgsidecar.agent.config.ConfigException;
import io.pgsidecar.agent.config.ConfigLoader;
import io.pgsidecar.agent.config.LoadedConfig;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option of every command that needs the configuration. */
final class ConfigFile {

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "The configuration file (YAML). Default: the one that PGSIDECAR_CONFIG names, else none.")
    private @Nullable Path file;

    LoadedConfig load(Map<String, String> environment) throws ConfigException {
        return ConfigLoader.load(Optional.ofNullable(file), environment);
    }
}
