package io.pgsidecar.agent.command;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pgsidecar.agent.ExitCode;
import io.pgsidecar.agent.config.AgentConfig;
import io.pgsidecar.agent.config.ConfigException;
import io.pgsidecar.agent.config.EffectiveSetting;
import io.pgsidecar.agent.config.LoadedConfig;
import io.pgsidecar.agent.config.RepositoryConfig;
import io.pgsidecar.agent.config.Words;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code pgsidecar config}: the configuration that {@code run} would have here, and where each value is given. */
@Command(
        name = "config",
        mixinStandardHelpOptions = true,
        description = "Prints the effective configuration and where each value is given. Secrets are masked.")
public final class ConfigCommand implements Callable<Integer> {

    private static final Pattern OF_A_STORE = Pattern.compile("repositories\\.([^.]+)\\.(s3|azure)\\..*");

    private final Map<String, String> environment;

    @Mixin
    private final ConfigFile configFile = new ConfigFile();

    @Mixin
    private final OutputFormat output = new OutputFormat();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    public ConfigCommand(Map<String, String> environment) {
        this.environment = environment;
    }

    @Override
    public Integer call() throws ConfigException {
        LoadedConfig loaded = configFile.load(environment);
        List<EffectiveSetting> settings = loaded.settings().stream()
                .filter(setting -> isOfItsStore(setting, loaded.config()))
                .toList();
        PrintWriter out = spec.commandLine().getOut();
        switch (output.format()) {
            case TABLE -> printTable(settings, out);
            case JSON -> out.println(json(settings).toPrettyString());
        }
        out.flush();
        return ExitCode.OK.code();
    }

    /** The keys of the kinds of store that a repository is not would only hide those that it has. */
    private static boolean isOfItsStore(EffectiveSetting setting, AgentConfig config) {
        Matcher store = OF_A_STORE.matcher(setting.key());
        if (!store.matches()) {
            return true;
        }
        boolean given = setting.value().isPresent() && !setting.from().equals("default");
        RepositoryConfig repository =
                Objects.requireNonNull(config.repositories().get(store.group(1)));
        return given || repository.type().name().equalsIgnoreCase(store.group(2));
    }

    private static void printTable(List<EffectiveSetting> settings, PrintWriter out) {
        int keyWidth = width(settings.stream().map(EffectiveSetting::key).toList());
        int valueWidth = width(settings.stream().map(ConfigCommand::shown).toList());
        String row = "%-" + keyWidth + "s  %-" + valueWidth + "s  %s%n";
        out.printf(row, "KEY", "VALUE", "FROM");
        settings.forEach(setting -> out.printf(row, setting.key(), shown(setting), setting.from()));
    }

    private static String shown(EffectiveSetting setting) {
        return setting.text().orElse("-");
    }

    private static int width(List<String> column) {
        return column.stream().mapToInt(String::length).max().orElse(1);
    }

    /** {@code {"http.port": {"value": 8008, "from": "default"}, …}}; null for an optional key that is not given. */
    private static ObjectNode json(List<EffectiveSetting> settings) {
        ObjectNode root = new ObjectMapper().createObjectNode();
        for (EffectiveSetting setting : settings) {
            ObjectNode entry = root.putObject(setting.key());
            switch (setting.value().orElse(null)) {
                case Integer number -> entry.put("value", number);
                case Long number -> entry.put("value", number);
                case Boolean truth -> entry.put("value", truth);
                case Words words -> words.values().forEach(entry.withArray("value")::add);
                case null, default -> entry.put("value", setting.text().orElse(null));
            }
            entry.put("from", setting.from());
        }
        return root;
    }
}
