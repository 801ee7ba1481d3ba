package io.pgsidecar.archive.stores;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** Azurite, Microsoft's emulator of Azure Storage, as npm has it. */
final class AzuriteProgram {

    private static final String VERSION = "3.35.0";

    private AzuriteProgram() {}

    /**
     * The command that runs its blob service, without options. What is not installed yet is installed first; where
     * there is no Node.js or npm cannot reach its registry, the test is skipped, visibly.
     */
    static List<String> command() {
        Assumptions.assumeTrue(runs(List.of("node", "--version")), "there is no Node.js here: Azurite cannot run");
        Path folder = Path.of(System.getProperty("store.servers", "target/store-servers"))
                .resolve("azurite-" + VERSION)
                .toAbsolutePath();
        Path script = folder.resolve("node_modules/azurite/dist/src/blob/main.js");
        install(folder, script);
        return List.of("node", script.toString());
    }

    /** Several JVMs may want it at once, and one that is killed must not leave half of it to the next. */
    private static synchronized void install(Path folder, Path script) {
        Path done = folder.resolve("installed");
        if (Files.exists(done) && Files.exists(script)) {
            return;
        }
        try {
            Files.createDirectories(folder);
            try (FileChannel channel = FileChannel.open(
                            folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock _ = channel.lock()) {
                if (Files.exists(done) && Files.exists(script)) {
                    return;
                }
                Path log = folder.resolve("npm.log");
                boolean installed = run(
                        List.of(
                                "npm",
                                "install",
                                "--no-save",
                                "--no-audit",
                                "--no-fund",
                                "--ignore-scripts",
                                "--prefer-offline",
                                "--prefix",
                                folder.toString(),
                                "azurite@" + VERSION),
                        log);
                Assumptions.assumeTrue(installed, () -> "npm cannot install Azurite; its log: " + log);
                Files.createFile(done);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean runs(List<String> command) {
        try {
            Path nowhere = Files.createTempFile("pgsidecar", ".log");
            try {
                return run(command, nowhere);
            } finally {
                Files.delete(nowhere);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean run(List<String> command, Path log) {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            try {
                return process.waitFor(5, TimeUnit.MINUTES) && process.exitValue() == 0;
            } finally {
                process.destroyForcibly();
            }
        } catch (IOException e) {
            return false; // There is no such program.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
