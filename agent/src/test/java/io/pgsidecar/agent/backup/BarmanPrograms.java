package io.pgsidecar.agent.backup;

import io.pgsidecar.archive.stores.S3Server;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The programs of barman-cloud: those on the path, or with {@code -Dbarman.cloud="chroot /a/newer/debian"} those that such
 * a command finds; the temporary folder must be there too.
 */
final class BarmanPrograms {

    /** What a program said, and how it ended. */
    record Run(int exit, String out) {}

    private BarmanPrograms() {}

    /** What each program is started by; often nothing. */
    static List<String> prefix() {
        String prefix = System.getProperty("barman.cloud", "");
        return prefix.isEmpty() ? List.of() : List.of(prefix.split(" "));
    }

    /** 100 * major + minor; 0 where it is not installed. */
    static int version() throws InterruptedException {
        Run run = run("barman-cloud-backup", "--version");
        Matcher number = Pattern.compile("(\\d+)\\.(\\d+)").matcher(run.out());
        return run.exit() == 0 && number.find()
                ? 100 * Integer.parseInt(number.group(1)) + Integer.parseInt(number.group(2))
                : 0;
    }

    static boolean hasMoto() throws InterruptedException {
        return run("moto_server", "--help").exit() == 0;
    }

    /** Proves the pages of a server that was shut down; empty where its program is not installed. */
    static Optional<Run> checksums(int major, Path data) throws InterruptedException {
        String program = "/usr/lib/postgresql/" + major + "/bin/pg_checksums";
        List<String> command = new ArrayList<>(Files.isExecutable(Path.of(program)) ? List.of() : prefix());
        command.addAll(List.of(program, "--check", "--pgdata=" + data));
        Run run = start(command);
        return run.exit() == 127 ? Optional.empty() : Optional.of(run);
    }

    /** Runs a program on the server {@code main} in a store; its options, then what follows the server's name. */
    static Run onStore(S3Server store, List<String> options, List<String> arguments) throws InterruptedException {
        List<String> command = new ArrayList<>(options);
        command.addAll(List.of("--endpoint-url", store.endpoint().toString(), "s3://" + store.bucket(), "main"));
        command.addAll(arguments);
        return run(command.toArray(String[]::new));
    }

    static Run run(String... command) throws InterruptedException {
        List<String> all = new ArrayList<>(prefix());
        all.addAll(List.of(command));
        return start(all);
    }

    private static Run start(List<String> command) throws InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment()
                .putAll(Map.of(
                        "AWS_ACCESS_KEY_ID", "test-access-key",
                        "AWS_SECRET_ACCESS_KEY", "test-secret-key",
                        "AWS_DEFAULT_REGION", "us-east-1"));
        try {
            Process process = builder.start();
            String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Run(process.waitFor(), out);
        } catch (IOException e) {
            return new Run(127, e.toString());
        }
    }
}
