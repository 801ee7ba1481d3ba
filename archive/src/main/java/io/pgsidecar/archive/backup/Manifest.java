package io.pgsidecar.archive.backup;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A backup's manifest, read: which file is in which tar, and the checksum of each. {@link ManifestWriter} has the format.
 *
 * @param files by path
 * @param tars by name
 */
public record Manifest(
        BackupId id, Map<String, BackedUpFile> files, Map<String, StoredTar> tars, List<DamagedPage> damagedPages) {

    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * Reads a manifest to its end; closes nothing.
     *
     * @throws IOException also if it is cut off or no manifest; the message says so
     */
    public static Manifest read(InputStream in) throws IOException {
        BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
        try {
            JsonNode head = line(reader);
            if (head.path("format").asInt() != 1) {
                throw new IOException("it is no manifest of format 1");
            }
            Manifest manifest = new Manifest(
                    new BackupId(text(head, "backup")),
                    new LinkedHashMap<>(),
                    new LinkedHashMap<>(),
                    new ArrayList<>());
            JsonNode line = line(reader);
            while (!line.has("files")) {
                manifest.add(line);
                line = line(reader);
            }
            if (line.path("files").asLong() != manifest.files.size()
                    || line.path("tars").asLong() != manifest.tars.size()
                    || line.path("damagedPages").asLong() != manifest.damagedPages.size()) {
                throw new IOException("its last line does not count what is in it");
            }
            return manifest;
        } catch (IllegalArgumentException | DateTimeException e) {
            throw new IOException("it is no manifest: " + e.getMessage(), e);
        }
    }

    private void add(JsonNode line) {
        if (line.has("file")) {
            BackedUpFile file = new BackedUpFile(
                    text(line, "file"),
                    line.path("size").asLong(),
                    Instant.parse(text(line, "modified")),
                    text(line, "sha256"),
                    text(line, "tar"));
            files.put(file.path(), file);
        } else if (line.has("damagedPage")) {
            damagedPages.add(new DamagedPage(
                    text(line, "damagedPage"), line.path("block").asLong()));
        } else {
            StoredTar tar = new StoredTar(text(line, "tar"), line.path("size").asLong(), text(line, "sha256"));
            tars.put(tar.name(), tar);
        }
    }

    private static JsonNode line(BufferedReader reader) throws IOException {
        String line = reader.readLine();
        if (line == null) {
            throw new IOException("it ends too early");
        }
        try {
            return JSON.readTree(line);
        } catch (IOException e) {
            throw new IOException("it is no manifest: a line is no JSON: " + e.getMessage(), e);
        }
    }

    private static String text(JsonNode line, String field) {
        if (!line.path(field).isTextual()) {
            throw new IllegalArgumentException("there is no text \"%s\" in %s".formatted(field, line));
        }
        return line.path(field).textValue();
    }
}
