package io.pgsidecar.agent.command;

import io.pgsidecar.agent.ExitCode;
import io.pgsidecar.agent.Repositories;
import io.pgsidecar.agent.backup.PruneReport;
import io.pgsidecar.agent.backup.PruneWords;
import io.pgsidecar.agent.config.AgentConfig;
import io.pgsidecar.archive.backup.BackupPruner;
import io.pgsidecar.archive.backup.Retention;
import io.pgsidecar.archive.backup.RetentionPlan;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code pgsidecar backup prune}: removes what the retention no longer wants. */
@Command(
        name = "prune",
        mixinStandardHelpOptions = true,
        description = {
            "Removes the backups that the configuration's retention no longer wants, and then the WAL that none of the"
                    + " others needs.",
            "Says of each backup and each timeline why it goes or stays."
        })
final class BackupPruneCommand implements Callable<Integer> {

    private final Map<String, String> environment;

    @Mixin
    private final WalSelection selection = new WalSelection();

    @Option(names = "--dry-run", description = "Only says what would be done.")
    private boolean dry;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    BackupPruneCommand(Map<String, String> environment) {
        this.environment = environment;
    }

    @Override
    public Integer call() throws Exception {
        AgentConfig config = selection.config(environment);
        Retention retention = config.retention().settings();
        List<PruneReport> reports = new ArrayList<>();
        PrintWriter out = spec.commandLine().getOut();
        try (Repositories repositories = Repositories.open(config)) {
            for (Repositories.Open each : selection.of(repositories)) {
                BackupPruner pruner = new BackupPruner(each.backups(), each.wal(), each.store(), each.layout());
                RetentionPlan plan = pruner.plan(retention, Instant.now());
                PruneReport report = new PruneReport(each.name(), plan, pruner.apply(plan, dry), dry);
                reports.add(report);
                if (selection.output() == OutputFormat.Format.TABLE) {
                    PruneWords.table(report, out);
                }
            }
        }
        if (selection.output() == OutputFormat.Format.JSON) {
            out.println(PruneWords.json(reports));
        }
        out.flush();
        return ExitCode.OK.code();
    }
}
