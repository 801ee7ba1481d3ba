package io.pgsidecar.agent.config;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A configuration file in a folder of the test's. */
record TestConfig(Path folder) {

    /** What has no default. */
    static final Map<String, String> REQUIRED =
            Map.of("PGSIDECAR_POSTGRES_DATA", "/pgdata", "PGSIDECAR_REPOSITORIES_MAIN_PATH", "/repository");

    /** Of age, and valid; nobody has its key. */
    static final String RECIPIENT = "age1wstsx8dw4yexlag9jua2ylpmapcnpu7wamwepmlcufa44jptn3mqj8squc";

    Path file(String yaml) throws IOException {
        return Files.writeString(folder.resolve("agent.yaml"), yaml);
    }

    LoadedConfig load(String yaml, Map<String, String> environment) throws IOException, ConfigException {
        return ConfigLoader.load(Optional.of(file(yaml)), environment);
    }

    /** The lines of the errors, with {@code agent.yaml} for the file. */
    List<String> errors(String yaml, Map<String, String> environment) throws IOException {
        return errors(file(yaml), environment);
    }

    List<String> errors(Path file, Map<String, String> environment) {
        ConfigException e =
                catchThrowableOfType(ConfigException.class, () -> ConfigLoader.load(Optional.of(file), environment));
        return e == null
                ? List.of()
                : e.errors().stream()
                        .map(error -> error.toString().replace(folder + "/", ""))
                        .toList();
    }
}
