package io.pgsidecar.agent.trial;

import io.pgsidecar.archive.backup.BackupException;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * PostgreSQL's programs on this machine.
 *
 * @param bin their folder
 */
public record PostgresPrograms(Path bin) {

    private static final Pattern VERSION = Pattern.compile("postgres \\(PostgreSQL\\) (\\d+)");

    /** The program of a name. */
    Path program(String name) {
        return bin.resolve(name);
    }

    /**
     * Those of a major version: in the folder that is given, else where packages put them, else on the path.
     *
     * @param path as in the variable {@code PATH}
     * @throws BackupException if there are none of that version; the message says where they were looked for
     */
    public static PostgresPrograms find(int major, Optional<Path> given, String path)
            throws BackupException, InterruptedException {
        List<Path> folders = given.map(List::of).orElseGet(() -> places(major, path));
        List<String> others = new ArrayList<>();
        for (Path folder : folders) {
            Optional<Integer> found = major(folder);
            if (found.isPresent() && found.get() == major) {
                return new PostgresPrograms(folder);
            }
            found.ifPresent(other -> others.add("%s has PostgreSQL %d".formatted(folder, other)));
        }
        throw new BackupException(
                BackupException.Reason.FAILED,
                "the backup is of PostgreSQL %d, whose programs are not in %s%s"
                        .formatted(
                                major,
                                given.map(Path::toString)
                                        .orElse("/usr/lib/postgresql/%d/bin, /usr/pgsql-%d/bin, nor on the PATH"
                                                .formatted(major, major)),
                                others.isEmpty() ? "" : " (" + String.join(", ", others) + ")"),
                "Install PostgreSQL %d, or say where it is: --postgres-bin DIR. The agent's image need not have it."
                        .formatted(major));
    }

    private static List<Path> places(int major, String path) {
        List<Path> places = new ArrayList<>(List.of(
                Path.of("/usr/lib/postgresql/%d/bin".formatted(major)), Path.of("/usr/pgsql-%d/bin".formatted(major))));
        for (String folder : path.split(File.pathSeparator, -1)) {
            if (folder.startsWith("/")) {
                places.add(Path.of(folder));
            }
        }
        return places;
    }

    private static Optional<Integer> major(Path folder) throws InterruptedException {
        Path postgres = folder.resolve("postgres");
        if (!Files.isExecutable(postgres)) {
            return Optional.empty();
        }
        try {
            Process process = new ProcessBuilder(postgres.toString(), "--version")
                    .redirectErrorStream(true)
                    .start();
            process.getOutputStream().close();
            Matcher m = VERSION.matcher(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
            return process.waitFor() == 0 && m.find() ? Optional.of(Integer.parseInt(m.group(1))) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
