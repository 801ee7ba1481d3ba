package io.pgsidecar.agent.command;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pgsidecar.agent.ExitCode;
import io.pgsidecar.agent.Repositories;
import io.pgsidecar.agent.check.AgentCheck;
import io.pgsidecar.agent.check.CustomQueriesCheck;
import io.pgsidecar.agent.check.DataDirectoryCheck;
import io.pgsidecar.agent.check.Finding;
import io.pgsidecar.agent.check.InstanceCheck;
import io.pgsidecar.agent.check.KubernetesCheck;
import io.pgsidecar.agent.check.RepositoryCheck;
import io.pgsidecar.agent.config.AgentConfig;
import io.pgsidecar.agent.config.ConfigException;
import io.pgsidecar.agent.config.LoadedConfig;
import io.pgsidecar.agent.labels.OwnPod;
import io.pgsidecar.agent.metrics.queries.ConfiguredQueries;
import io.pgsidecar.archive.wal.DataDirectory;
import io.pgsidecar.probes.InstanceAddress;
import java.io.IOException;
import java.io.PrintWriter;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code pgsidecar check}: tries everything that archiving and restoring need, and says how to mend what fails. */
@Command(
        name = "check",
        mixinStandardHelpOptions = true,
        description = {
            "Checks the configuration, the data directory, each repository (write, read back, delete), the agent,"
                    + " what the pod may do in Kubernetes, and PostgreSQL's settings; then finishes a WAL segment and waits until it is archived.",
            "Exits with 0 if nothing failed, with 1 if something did, with 78 if the configuration has errors."
        })
public final class CheckCommand implements Callable<Integer> {

    private static final Duration AGENT_TIMEOUT = Duration.ofSeconds(5);

    private final Map<String, String> environment;

    @Mixin
    private final ConfigFile configFile = new ConfigFile();

    @Mixin
    private final OutputFormat output = new OutputFormat();

    @Option(names = "--no-switch", description = "Does not finish a segment, so does not see one archived.")
    private boolean noSwitch;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            description = "How long the segment is waited for. Default: 60.")
    private int timeout = 60;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    public CheckCommand(Map<String, String> environment) {
        this.environment = environment;
    }

    @Override
    public Integer call() throws ConfigException, IOException, InterruptedException {
        LoadedConfig loaded = configFile.load(environment);
        List<Finding> findings = findings(loaded.config());
        PrintWriter out = spec.commandLine().getOut();
        switch (output.format()) {
            case TABLE -> printTable(findings, out);
            case JSON -> out.println(json(findings).toPrettyString());
        }
        out.flush();
        return (failed(findings) == 0 ? ExitCode.OK : ExitCode.FAILED).code();
    }

    private List<Finding> findings(AgentConfig config) throws IOException, InterruptedException {
        List<Finding> findings = new ArrayList<>();
        findings.add(Finding.ok("configuration", "without errors; repositories: " + names(config)));
        DataDirectoryCheck data =
                new DataDirectoryCheck(new DataDirectory(config.postgres().data()));
        findings.add(data.run());
        try (Repositories repositories = Repositories.open(config)) {
            OptionalLong identifier = data.systemIdentifier();
            for (Repositories.Open repository : repositories.all()) {
                findings.add(new RepositoryCheck(repository.name(), repository.store(), repository.layout())
                        .run(identifier));
            }
            findings.add(new AgentCheck(config.control().socket(), AGENT_TIMEOUT).run());
            findings.addAll(kubernetes(config));
            CustomQueriesCheck queries = new CustomQueriesCheck(ConfiguredQueries.of(config));
            findings.addAll(queries.read());
            findings.addAll(new InstanceCheck(
                            config.postgres().address(), repositories::without, !noSwitch, Duration.ofSeconds(timeout))
                    .run());
            findings.addAll(queries(queries, config.postgres().address()));
        }
        return findings;
    }

    /** That PostgreSQL is not to be reached is told already. */
    private static List<Finding> queries(CustomQueriesCheck queries, InstanceAddress address) {
        try {
            return queries.run(address);
        } catch (SQLException | IOException e) {
            return List.of(Finding.skipped("custom queries", "not run: " + e.getMessage()));
        }
    }

    private List<Finding> kubernetes(AgentConfig config) throws InterruptedException {
        try {
            Optional<OwnPod> own = OwnPod.of(config.kubernetes(), environment);
            return own.isEmpty()
                    ? List.of()
                    : new KubernetesCheck(own.get(), config.kubernetes().selector()).run();
        } catch (IOException e) {
            return List.of(Finding.failed("kubernetes", String.valueOf(e.getMessage()), null));
        }
    }

    private static String names(AgentConfig config) {
        return String.join(", ", config.repositories().keySet());
    }

    private static long failed(List<Finding> findings) {
        return findings.stream()
                .filter(finding -> finding.level() == Finding.Level.FAILED)
                .count();
    }

    private static void printTable(List<Finding> findings, PrintWriter out) {
        int width = findings.stream()
                .mapToInt(finding -> finding.subject().length())
                .max()
                .orElse(1);
        String row = "%-8s %-" + width + "s  %s%n";
        for (Finding finding : findings) {
            out.printf(row, word(finding), finding.subject(), finding.text());
            if (finding.remedy() != null) {
                out.printf(row, "", "", "→ " + finding.remedy());
            }
        }
        long failed = failed(findings);
        out.println(failed == 0 ? "Nothing failed." : "%d of %d failed.".formatted(failed, findings.size()));
    }

    /** What is wrong stands out in capitals: colours get lost in a log. */
    private static String word(Finding finding) {
        String word = finding.level().name();
        return finding.level() == Finding.Level.OK || finding.level() == Finding.Level.SKIPPED
                ? word.toLowerCase(Locale.ROOT)
                : word;
    }

    /** {@code [{"level": "ok", "subject": …, "text": …, "remedy": null}, …]}. */
    private static ArrayNode json(List<Finding> findings) {
        ArrayNode array = new ObjectMapper().createArrayNode();
        for (Finding finding : findings) {
            ObjectNode entry = array.addObject();
            entry.put("level", finding.level().name().toLowerCase(Locale.ROOT));
            entry.put("subject", finding.subject());
            entry.put("text", finding.text());
            entry.put("remedy", finding.remedy());
        }
        return array;
    }
}
