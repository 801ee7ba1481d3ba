package io.pgsidecar.agent.shim;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** The ground of the suites that hold both programs to one contract: a data directory and a socket. */
@ParameterizedClass(name = "{0}")
@EnumSource
abstract class ShimContract {

    static final String SEGMENT = "000000010000000000000001";
    static final String RECOVERY_PATH = "pg_wal/RECOVERYXLOG";

    @Parameter
    @SuppressWarnings("NullAway.Init")
    ShimProgram program;

    @TempDir
    Path temporary;

    /** The current folder of each run, as PostgreSQL's. */
    Path data;

    Path socket;
    Path executable;

    @BeforeEach
    void makeDataDirectory() throws IOException {
        executable = program.executable();
        data = Files.createDirectories(temporary.resolve("data"));
        Files.createDirectories(data.resolve("pg_wal"));
        socket = temporary.resolve("agent.sock");
    }

    /** Runs it to its end on {@link #socket}. */
    ShimRun run(String... arguments) throws IOException, InterruptedException {
        ShimRun run = start(arguments);
        run.exitCode();
        return run;
    }

    ShimRun start(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(executable.toString()));
        command.addAll(List.of(arguments));
        return ShimRun.start(data, Map.of("PGSIDECAR_SOCKET", socket.toString()), command);
    }

    /** Runs it by way of sh: "$@" is the program with these arguments. */
    ShimRun runInShell(String script, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("sh", "-c", script, "sh", executable.toString()));
        command.addAll(List.of(arguments));
        ShimRun run = ShimRun.start(data, Map.of("PGSIDECAR_SOCKET", socket.toString()), command);
        run.exitCode();
        return run;
    }

    void touch(String file) throws IOException {
        Files.createFile(data.resolve(file));
    }
}
