package io.pgsidecar.agent.shim;

import io.pgsidecar.agent.ExitCode;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** {@code pgsidecar-wal} on the JVM. Started by the script of that name, which knows its folder. */
public final class WalShim {

    private static final String HELP = """
            pgsidecar-wal asks the pgsidecar agent to archive and to restore WAL for PostgreSQL.
            This is the launcher for the JVM, which stands in for the C program.

            Usage:
              pgsidecar-wal archive [OPTION]... %p      as archive_command
              pgsidecar-wal restore [OPTION]... %f %p   as restore_command
              pgsidecar-wal install DIR                 writes DIR/pgsidecar-wal, which runs this app
              pgsidecar-wal drain [OPTION]...           as preStop: no new clients are sent here, until PostgreSQL
                                                        starts again

            Options:
              --socket PATH      the agent's socket (default: $PGSIDECAR_SOCKET, else agent.sock
                                 in the folder of this program)
              --timeout SECONDS  the longest time to wait, 1 to 86400 (default: 120; drain 10)
              --help, --version  print this, or the version, and exit

            Exit codes:
              archive  0 stored in every repository; 1 to 49 not stored: PostgreSQL keeps the file
                       and tries again; docs/wal.md says what each code means
              restore  0 restored; 1 the archive has no such file; 255 anything else, which stops
                       the recovery; on a standby 1 instead of 255: it streams and asks again
              drain    0 drained; 40 to 42 no agent has done it
            """;

    /** The script takes it off again: a JVM that cannot start exits with 1 as well, which must not be read as ours. */
    private static final int CODE_OFFSET = 64;

    private static final int PATIENCE_MILLIS = 5_000;
    private static final int RECOVERY_PATIENCE_MILLIS = 30_000;

    private final Path folder;
    private final @Nullable String socketVariable;
    private final Report report;

    /**
     * @param folder of the program
     * @param socketVariable PGSIDECAR_SOCKET
     */
    WalShim(Path folder, @Nullable String socketVariable, Report report) {
        this.folder = folder;
        this.socketVariable = socketVariable;
        this.report = report;
    }

    public static void main(String[] args) {
        FileOutputStream stderr = new FileOutputStream(FileDescriptor.err);
        Path folder = Path.of(Objects.requireNonNullElse(System.getProperty("pgsidecar.wal.folder"), ""));
        int code = new WalShim(folder, System.getenv("PGSIDECAR_SOCKET"), new Report(stderr)).run(List.of(args));
        System.exit(code == 0 || code == ExitCode.RECOVERY_STOPPED.code() ? code : code + CODE_OFFSET);
    }

    /** The exit code. */
    int run(List<String> words) {
        ShimArguments arguments;
        try {
            arguments = ShimArguments.parse(words);
        } catch (UsageException e) {
            return failUsage(e);
        }
        WalVerb verb = arguments.verb();
        if (verb == null || arguments.help() || arguments.version()) {
            return print(arguments.help() ? HELP : "pgsidecar-wal " + version() + "\n");
        }
        return verb == WalVerb.INSTALL
                ? install(arguments.values().getFirst())
                : askAgent(WalRun.of(verb, arguments.values(), report), arguments);
    }

    private int failUsage(UsageException e) {
        report.error(String.valueOf(e.getMessage()));
        report.hint("Try \"pgsidecar-wal --help\".");
        WalVerb verb = e.verb();
        if (verb != null) {
            return WalRun.of(verb, e.values(), report).finish(ExitCode.USAGE);
        }
        // A typo in restore_command must not end a recovery.
        return DataDirectory.recoversHere()
                ? WalRun.of(WalVerb.RESTORE, List.of(), report).finish(ExitCode.USAGE)
                : ExitCode.USAGE.code();
    }

    private int askAgent(WalRun run, ShimArguments arguments) {
        if (run.isNotNeeded()) {
            return run.finish(ExitCode.ABSENT);
        }
        Path socket = socket(arguments);
        int limit = System.getProperty("os.name", "").startsWith("Linux") ? 107 : 103;
        if (socket.toString().getBytes(StandardCharsets.UTF_8).length > limit) {
            return run.failSocketPath(socket, limit);
        }
        AgentClient client = new AgentClient(
                socket,
                arguments.timeoutSeconds() * 1000L,
                run.mayStopRecovery() ? RECOVERY_PATIENCE_MILLIS : PATIENCE_MILLIS,
                Thread::sleep);
        byte[] request = WalRequest.of(
                run.verb(), arguments.values(), Path.of("").toAbsolutePath().toString());
        try {
            AgentClient.Result result = client.ask(run.verb(), request);
            return run.finish(new WalRunReport(run, socket, arguments.timeoutSeconds(), report).tell(result));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return run.finish(ExitCode.FAILED);
        }
    }

    private Path socket(ShimArguments arguments) {
        String socket = arguments.socket();
        if (socket == null) {
            socket = socketVariable;
        }
        return socket == null || socket.isEmpty() ? folder.resolve("agent.sock") : Path.of(socket);
    }

    private int install(String into) {
        try {
            Path installed = LauncherInstall.into(Path.of(into), folder.resolve("pgsidecar-wal"));
            return print("installed \"" + installed + "\" (a script that runs \"" + folder.resolve("pgsidecar-wal")
                    + "\")\n");
        } catch (IOException e) {
            report.error("could not install into \"" + into + "\": " + e);
            report.hint(
                    Files.isDirectory(Path.of(into))
                            ? "This user must have the right to write to it."
                            : "The folder must exist.");
            return ExitCode.FAILED.code();
        }
    }

    private int print(String text) {
        try (FileOutputStream stdout = new FileOutputStream(FileDescriptor.out)) {
            stdout.write(text.getBytes(StandardCharsets.UTF_8));
            return ExitCode.OK.code();
        } catch (IOException e) {
            report.error("could not write to standard output: " + e.getMessage());
            return ExitCode.FAILED.code();
        }
    }

    private static String version() {
        return Objects.requireNonNullElse(WalShim.class.getPackage().getImplementationVersion(), "development");
    }
}
