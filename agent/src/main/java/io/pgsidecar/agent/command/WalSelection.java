package io.pgsidecar.agent.command;

import io.pgsidecar.agent.Repositories;
import io.pgsidecar.agent.config.AgentConfig;
import io.pgsidecar.agent.config.ConfigException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options that the verbs of {@code wal} have in common. */
final class WalSelection {

    @Mixin
    private final ConfigFile configFile = new ConfigFile();

    @Option(
            names = "--repository",
            paramLabel = "NAME",
            description = "Only this repository; may be given again. Default: all.")
    private final List<String> names = new ArrayList<>();

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
        for (String name : names) {
            if (!config.repositories().containsKey(name)) {
                throw new ParameterException(
                        spec.commandLine(),
                        "there is no repository \"%s\"; there are: %s"
                                .formatted(
                                        name,
                                        String.join(", ", config.repositories().keySet())));
            }
        }
        return config;
    }

    /** In the configuration's order. */
    List<Repositories.Open> of(Repositories repositories) {
        return repositories.all().stream()
                .filter(repository -> names.isEmpty() || names.contains(repository.name()))
                .toList();
    }
}
