package io.pgsidecar.archive.backup;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The note in a data directory that a restore is under way in it: whoever finds it there may go on.
 *
 * @param backup the ID
 * @param tablespaces the folder of each, by OID
 */
record RestoreMarker(String backup, Map<Long, Path> tablespaces) {

    static final String FILE = "pgsidecar-restore.json";

    private static final ObjectMapper JSON = new ObjectMapper();

    static RestoreMarker of(BackupId backup, RestorePaths paths) {
        return new RestoreMarker(backup.value(), paths.tablespaces());
    }

    /** The one in a directory; empty if there is none. */
    static Optional<RestoreMarker> read(Path directory) throws IOException {
        try {
            JsonNode json = JSON.readTree(Files.readAllBytes(directory.resolve(FILE)));
            Map<Long, Path> tablespaces = new TreeMap<>();
            json.path("tablespaces")
                    .properties()
                    .forEach(each -> tablespaces.put(
                            Long.parseLong(each.getKey()),
                            Path.of(each.getValue().asText())));
            return Optional.of(new RestoreMarker(json.path("backup").asText(), tablespaces));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IllegalArgumentException e) {
            throw new IOException(FILE + " is damaged: " + e.getMessage(), e);
        }
    }

    void write(Path directory) throws IOException {
        ObjectNode json = JSON.createObjectNode().put("backup", backup);
        ObjectNode folders = json.putObject("tablespaces");
        tablespaces.forEach((oid, folder) -> folders.put(Long.toString(oid), folder.toString()));
        DurableFiles.replace(directory.resolve(FILE), (json + "\n").getBytes(StandardCharsets.UTF_8));
    }

    static void remove(Path directory) throws IOException {
        Files.deleteIfExists(directory.resolve(FILE));
        DurableFiles.sync(directory);
    }
}
