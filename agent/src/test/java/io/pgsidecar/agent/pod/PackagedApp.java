package io.pgsidecar.agent.pod;

import io.pgsidecar.probes.postgres.RunAs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * The programs that users run, as {@code mvn package} leaves them in {@code agent/target/pgsidecar}.
 *
 * @param home the folder of {@code bin} and {@code lib}
 */
public record PackagedApp(Path home) {

    private static final class Built {
        static final PackagedApp APP = new PackagedApp(find());
    }

    /** The one that the build has made. */
    public static PackagedApp built() {
        return Built.APP;
    }

    public Path pgsidecar() {
        return home.resolve("bin/pgsidecar");
    }

    public Path shim() {
        return home.resolve("bin/pgsidecar-wal");
    }

    /** Whether the shim is the C program, and not the launcher that stands in for it. */
    public boolean shimIsNative() {
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
