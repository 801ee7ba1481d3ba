package io.pgsidecar.agent.manifests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The files that the manifests mount, in the tree. */
final class ManifestFiles {

    static final Path ROOT = Path.of("../k8s/manifests").toAbsolutePath().normalize();

    private ManifestFiles() {}

    static Path of(String path) {
        return ROOT.resolve(path);
    }

    /** Where a file is put for a test, with the container's paths replaced by the test's. */
    static Path placed(String path, Path folder, Map<String, String> replaced) {
        try {
            String text = Files.readString(of(path));
            for (Map.Entry<String, String> entry : replaced.entrySet()) {
                if (!text.contains(entry.getKey())) {
                    throw new IllegalStateException(path + " does not have " + entry.getKey());
                }
                text = text.replace(entry.getKey(), entry.getValue());
            }
            return Files.writeString(folder.resolve(of(path).getFileName().toString()), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All files below a folder with this ending. */
    static List<Path> below(String folder, String ending) {
        try (Stream<Path> files = Files.walk(of(folder))) {
            return files.filter(file -> file.toString().endsWith(ending))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
