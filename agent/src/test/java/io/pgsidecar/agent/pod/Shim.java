package io.pgsidecar.agent.pod;

import io.pgsidecar.probes.postgres.RunAs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Calls {@code pgsidecar-wal} as PostgreSQL does: in the data directory, as PostgreSQL's user. */
public record Shim(Path dataDirectory, Path socket) {

    /**
     * What came of a call.
     *
     * @param exit its exit code
     * @param stderr what PostgreSQL's log would show
     */
    public record Result(int exit, String stderr) {}

    public Result archive(String path, String... options) {
        return call("archive", options, path);
    }

    public Result restore(String name, String path, String... options) {
        return call("restore", options, name, path);
    }

    public Result drain(String... options) {
        return call("drain", options);
    }

    private Result call(String verb, String[] options, String... arguments) {
        List<String> command =
                new ArrayList<>(List.of(PackagedApp.built().shim().toString(), verb, "--socket", socket.toString()));
        command.addAll(List.of(options));
        command.addAll(List.of(arguments));
        try {
            Process p = new ProcessBuilder(RunAs.command(command))
                    .directory(dataDirectory.toFile())
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String stderr = new String(p.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!p.waitFor(60, TimeUnit.SECONDS)) {
                p.destroyForcibly();
                throw new IllegalStateException("the shim did not exit: " + stderr);
            }
            return new Result(p.exitValue(), stderr);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
