package io.pgsidecar.archive.stores;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** Where {@code mvn verify} puts the servers that Maven has. */
final class ServerJars {

    private ServerJars() {}

    /** A folder of jars; where it is missing the test is skipped, visibly. */
    static Path require(String folder) {
        Path path = Path.of(System.getProperty("store.servers", "target/store-servers"))
                .resolve(folder)
                .toAbsolutePath();
        Assumptions.assumeTrue(Files.isDirectory(path), path + " is missing: mvn verify of archive puts it there");
        return path;
    }

    /**
     * The beginning of a command that runs Java with little memory, and is quick to start.
     *
     * @param home for temporary files
     */
    static List<String> java(Path home) {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                // What a request that was broken off leaves goes with the rest.
                "-Djava.io.tmpdir=" + home,
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Djava.net.preferIPv4Stack=true");
    }
}
