package io.pgsidecar.agent.pod;

import io.pgsidecar.probes.postgres.RunAs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** What {@code mvn package} has left in {@code agent/target/pgsidecar}: the programs that users run. */
public final class PackagedApp {

    private static final Path HOME = find();

    private PackagedApp() {}

    public static Path pgsidecar() {
        return HOME.resolve("bin/pgsidecar");
    }

    public static Path shim() {
        return HOME.resolve("bin/pgsidecar-wal");
    }

    /** Whether the shim is the C program, and not the launcher that stands in for it. */
    public static boolean shimIsNative() {
        try (var in = Files.newInputStream(shim())) {
            byte[] magic = in.readNBytes(2);
            return magic.length == 2 && !(magic[0] == '#' && magic[1] == '!');
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path find() {
        String home = System.getProperty("pgsidecar.home");
        if (home == null || !Files.isExecutable(Path.of(home, "bin/pgsidecar"))) {
            throw new IllegalStateException(
                    "pgsidecar.home has no packaged app: run the tests by mvn verify; it is " + home);
        }
        return RunAs.root() ? readableCopy(Path.of(home)) : Path.of(home);
    }

    /** Root's checkout may be closed to the user that PostgreSQL and the agent run as. */
    private static Path readableCopy(Path home) {
        try {
            Path copy = Files.createTempDirectory("pgsidecar-app-");
            try (Stream<Path> all = Files.walk(home)) {
                for (Path from : (Iterable<Path>) all::iterator) {
                    Path to = copy.resolve("app").resolve(home.relativize(from));
                    Files.copy(from, to);
                }
            }
            RunAs.own(copy);
            Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(copy)));
            return copy.resolve("app");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void remove(Path folder) {
        try (Stream<Path> all = Files.walk(folder)) {
            all.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
