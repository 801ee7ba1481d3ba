package io.pgsidecar.agent;

import io.pgsidecar.agent.command.BackupCommand;
import io.pgsidecar.agent.command.BootstrapCommand;
import io.pgsidecar.agent.command.CheckCommand;
import io.pgsidecar.agent.command.ConfigCommand;
import io.pgsidecar.agent.command.DrainCommand;
import io.pgsidecar.agent.command.NoAgentException;
import io.pgsidecar.agent.command.PromoteCommand;
import io.pgsidecar.agent.command.RestoreCommand;
import io.pgsidecar.agent.command.RunCommand;
import io.pgsidecar.agent.command.StatusCommand;
import io.pgsidecar.agent.command.UndrainCommand;
import io.pgsidecar.agent.command.WalCommand;
import io.pgsidecar.agent.config.ConfigException;
import io.pgsidecar.archive.backup.BackupException;
import java.security.Security;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** The program {@code pgsidecar}: a verb for each thing it does. */
@Command(
        name = "pgsidecar",
        description = "The agent beside a PostgreSQL pod: probes, labels, WAL archive, base backups, metrics.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class)
public final class Main {

    private Main() {}

    public static void main(String[] args) {
        Logging.quiet();
        // A Service that has no pod yet has one a moment later; and from its memory Java tells no reason.
        Security.setProperty("networkaddress.cache.negative.ttl", "0");
        System.exit(commandLine(System.getenv()).execute(args));
    }

    static CommandLine commandLine(Map<String, String> environment) {
        return new CommandLine(new Main())
                .addSubcommand(new RunCommand(environment, log -> Logging.set(log.format(), log.level())))
                .addSubcommand(new ConfigCommand(environment))
                .addSubcommand(new CheckCommand(environment))
                .addSubcommand(new StatusCommand(environment))
                .addSubcommand(WalCommand.with(environment))
                .addSubcommand(BackupCommand.with(environment))
                .addSubcommand(new RestoreCommand(environment))
                .addSubcommand(new BootstrapCommand(environment))
                .addSubcommand(new PromoteCommand(environment))
                .addSubcommand(new DrainCommand(environment))
                .addSubcommand(new UndrainCommand(environment))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler(Main::report);
    }

    private static int report(Exception e, CommandLine command, CommandLine.ParseResult arguments) throws Exception {
        if (e instanceof ConfigException) {
            command.getErr().println("pgsidecar: " + e.getMessage());
            return ExitCode.BAD_CONFIG.code();
        }
        if (e instanceof BackupException failure) {
            command.getErr().println("pgsidecar: " + failure.getMessage());
            failure.hint().ifPresent(hint -> command.getErr().println("  → " + hint));
            return ExitCode.of(failure.reason()).code();
        }
        if (e instanceof RefusedException failure) {
            command.getErr().println("pgsidecar: " + failure.getMessage());
            if (!failure.hint().isEmpty()) {
                command.getErr().println("  → " + failure.hint());
            }
            return failure.exit().code();
        }
        if (e instanceof NoAgentException) {
            command.getErr().println("pgsidecar: " + e.getMessage());
            command.getErr().println("hint: Is the agent (pgsidecar run) running, with the same control.socket?");
            return ExitCode.NO_AGENT.code();
        }
        throw e;
    }

    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            // The jar's manifest has it; classes that run from a folder have none.
            String version = Main.class.getPackage().getImplementationVersion();
            return new String[] {"pgsidecar " + Optional.ofNullable(version).orElse("(not from a jar)")};
        }
    }
}
