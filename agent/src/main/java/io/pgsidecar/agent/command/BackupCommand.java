package io.pgsidecar.agent.command;

import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code pgsidecar backup}: base backups. */
@Command(
        name = "backup",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "(now)",
        description = "Takes base backups.")
public final class BackupCommand {

    private BackupCommand() {}

    /** With its verbs. */
    public static CommandLine with(Map<String, String> environment) {
        return new CommandLine(new BackupCommand()).addSubcommand(new BackupNowCommand(environment));
    }
}
