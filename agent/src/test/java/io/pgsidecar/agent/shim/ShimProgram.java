package io.pgsidecar.agent.shim;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The two programs that are held to one contract. */
enum ShimProgram {
    C {
        @Override
        Path executable() {
            Path program = HOME.resolve("bin/pgsidecar-wal");
            assumeTrue(isBinary(program), "the C program was not built: no C compiler, or PGSIDECAR_SHIM=jvm");
            return program;
        }
    },
    JVM {
        @Override
        Path executable() {
            return Launcher.PROGRAM;
        }
    };

    /** The built app has only one of the two in bin. Made once: two classes run it at the same moment. */
    private static final class Launcher {
        static final Path PROGRAM = make();

        private static Path make() {
            Path home = HOME.resolveSibling("pgsidecar-jvm");
            Path program = home.resolve("bin/pgsidecar-wal");
            try {
                Files.createDirectories(home.resolve("bin"));
                CopiedProgram.copy(Path.of("src/main/launcher/pgsidecar-wal"), program);
                if (Files.notExists(home.resolve("lib"))) {
                    Files.createSymbolicLink(home.resolve("lib"), HOME.resolve("lib"));
                }
                return program;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** The built app. */
    static final Path HOME =
            Path.of(System.getProperty("pgsidecar.home", "target/pgsidecar")).toAbsolutePath();

    /** The program; skips the test where it cannot be built. */
    abstract Path executable();

    private static boolean isBinary(Path program) {
        try (var in = Files.newInputStream(program)) {
            return in.read() != '#';
        } catch (IOException e) {
            throw new UncheckedIOException("the app is not built: run mvn package", e);
        }
    }
}
