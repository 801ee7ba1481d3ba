package io.pgsidecar.agent.command;

import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code pgsidecar backup}: base backups. */
@Command(
        name = "backup",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        description = "Takes, shows and removes base backups. Only \"now\" and \"cancel\" need a running agent.")
public final class BackupCommand {

    private BackupCommand() {}

    /** With its verbs. */
    public static CommandLine with(Map<String, String> environment) {
        return new CommandLine(new BackupCommand())
                .addSubcommand(new BackupNowCommand(environment))
                .addSubcommand(new BackupCancelCommand(environment))
                .addSubcommand(new BackupListCommand(environment))
                .addSubcommand(new BackupShowCommand(environment))
                .addSubcommand(new BackupVerifyCommand(environment))
                .addSubcommand(new BackupDeleteCommand(environment))
                .addSubcommand(new BackupKeepCommand(environment))
                .addSubcommand(new BackupUnkeepCommand(environment))
                .addSubcommand(new BackupPruneCommand(environment));
    }
}
