package io.pgsidecar.agent.command;

import io.pgsidecar.agent.Repositories;
import io.pgsidecar.agent.config.AgentConfig;
import io.pgsidecar.agent.config.ConfigException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options of a command that does something in one repository. */
final class OneRepository {

    @Mixin
    private final ConfigFile configFile = new ConfigFile();

    @Option(
            names = "--repository",
            paramLabel = "NAME",
            description = "The repository. Default: the first one of the configuration.")
    private @Nullable String name;

    @Mixin
    private final OutputFormat output = new OutputFormat();

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    OutputFormat.Format output() {
        return output.format();
    }

    AgentConfig config(Map<String, String> environment) throws ConfigException {
        AgentConfig config = configFile.load(environment).config();
        if (config.repositories().isEmpty()) {
            throw new ParameterException(spec.commandLine(), "the configuration has no repository");
        }
        if (name != null && !config.repositories().containsKey(name)) {
            throw new ParameterException(
                    spec.commandLine(),
                    "there is no repository \"%s\"; there are: %s"
                            .formatted(
                                    name,
                                    String.join(", ", config.repositories().keySet())));
        }
        return config;
    }

    Repositories.Open of(Repositories repositories) {
        return repositories.all().stream()
                .filter(repository -> name == null || repository.name().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
