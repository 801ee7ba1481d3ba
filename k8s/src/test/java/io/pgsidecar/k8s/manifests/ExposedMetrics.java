package io.pgsidecar.k8s.manifests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;

/** The names of metrics that alerts and the dashboard may use, in the one place where they are listed. */
final class ExposedMetrics {

    private static final Path LIST = Path.of("src/test/rules/exposed.txt").toAbsolutePath();

    private ExposedMetrics() {}

    static Set<String> names() throws IOException {
        Set<String> names = new TreeSet<>();
        for (String line : Files.readAllLines(LIST)) {
            if (!line.isBlank() && !line.startsWith("#") && !names.add(line)) {
                throw new IllegalStateException(LIST + " has " + line + " twice");
            }
        }
        return names;
    }
}
