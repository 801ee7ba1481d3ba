package io.pgsidecar.agent.command;

import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code pgsidecar wal}: what lies in the repositories. */
@Command(
        name = "wal",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "(list | verify)",
        description = "Shows and verifies the WAL in the repositories. Needs no running agent.")
public final class WalCommand {

    private WalCommand() {}

    /** With its verbs. */
    public static CommandLine with(Map<String, String> environment) {
        return new CommandLine(new WalCommand())
                .addSubcommand(new WalListCommand(environment))
                .addSubcommand(new WalVerifyCommand(environment));
    }
}
