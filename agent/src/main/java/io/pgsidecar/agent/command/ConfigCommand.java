package io.pgsidecar.agent.command;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pgsidecar.agent.ExitCode;
import io.pgsidecar.agent.config.ConfigException;
import io.pgsidecar.agent.config.EffectiveSetting;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code pgsidecar config}: the configuration that {@code run} would have here, and where each value is given. */
@Command(
        name = "config",
        mixinStandardHelpOptions = true,
        description = "Prints the effective configuration and where each value is given. Secrets are masked.")
public final class ConfigCommand implements Callable<Integer> {

    enum Output {
        TABLE,
        JSON
    }

    private final Map<String, String> environment;

    @Mixin
    private final ConfigFile configFile = new ConfigFile();

    @Option(names = "--output", paramLabel = "FORMAT", description = "table (default) or json.")
    private Output output = Output.TABLE;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    public ConfigCommand(Map<String, String> environment) {
        this.environment = environment;
    }

    @Override
    public Integer call() throws ConfigException {
        List<EffectiveSetting> settings = configFile.load(environment).settings();
        PrintWriter out = spec.commandLine().getOut();
        switch (output) {
            case TABLE -> printTable(settings, out);
            case JSON -> out.println(json(settings).toPrettyString());
        }
        out.flush();
        return ExitCode.OK.code();
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
            if (setting.value().orElse(null) instanceof Integer number) {
                entry.put("value", number);
            } else {
                entry.put("value", setting.text().orElse(null));
            }
            entry.put("from", setting.from());
        }
        return root;
    }
}
