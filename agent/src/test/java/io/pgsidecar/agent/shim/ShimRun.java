package io.pgsidecar.agent.shim;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** One run of a program. */
final class ShimRun {

    private final Process process;
    private final Path stdout;
    private final Path stderr;
    private String written = "";
    private String complained = "";

    private ShimRun(Process process, Path stdout, Path stderr) {
        this.process = process;
        this.stdout = stdout;
        this.stderr = stderr;
    }

    /** Starts it with nothing of PGSIDECAR_* in its environment but what is given. */
    static ShimRun start(Path folder, Map<String, String> environment, List<String> command) throws IOException {
        Path stdout = Files.createTempFile("shim", ".out");
        Path stderr = Files.createTempFile("shim", ".err");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectOutput(stdout.toFile())
                .redirectError(stderr.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("PGSIDECAR_"));
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().putAll(environment);
        return new ShimRun(builder.start(), stdout, stderr);
    }

    /** Waits for the end. A signal counts as 128 more than its number, as in a shell. */
    int exitCode() throws InterruptedException {
        if (!process.waitFor(90, TimeUnit.SECONDS)) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            throw new AssertionError("it still runs after 90 s; stderr: " + takeAway(stderr));
        }
        if (Files.exists(stdout)) {
            written = takeAway(stdout);
            complained = takeAway(stderr);
        }
        return process.exitValue();
    }

    /** After the end. */
    String stdout() {
        return written;
    }

    /** After the end. */
    String stderr() {
        return complained;
    }

    Process process() {
        return process;
    }

    private static String takeAway(Path file) {
        try {
            String content = Files.readString(file);
            Files.delete(file);
            return content;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
