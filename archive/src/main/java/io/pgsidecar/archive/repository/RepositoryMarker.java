package io.pgsidecar.archive.repository;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;

/**
 * Says whose repository it is: one system identifier, for good. It is written once, by a conditional create, before
 * the first WAL file, so that of two clusters that are pointed at one folder the second is refused.
 *
 * @param systemIdentifier of the cluster, unsigned
 * @param walSegmentSize in bytes
 */
public record RepositoryMarker(long systemIdentifier, long walSegmentSize, Instant created) {

    private static final int FORMAT = 1;
    private static final int MAX_BYTES = 64 * 1024;
    private static final ObjectMapper JSON = new ObjectMapper();

    public RepositoryMarker {
        if (systemIdentifier == 0 || walSegmentSize <= 0) {
            throw new IllegalArgumentException("system identifier %s and segment size %d are no cluster's"
                    .formatted(Long.toUnsignedString(systemIdentifier), walSegmentSize));
        }
    }

    /**
     * The repository's marker; empty if it has none.
     *
     * @throws ObjectStoreException {@code OTHER} if there is one that cannot be understood
     */
    public static Optional<RepositoryMarker> read(ObjectStore store, ObjectKey key) throws IOException {
        byte[] bytes;
        try (InputStream in = store.open(key, 0)) {
            bytes = in.readNBytes(MAX_BYTES);
        } catch (ObjectNotFoundException e) {
            return Optional.empty();
        }
        try {
            JsonNode json = JSON.readTree(bytes);
            if (json.path("format").asInt() != FORMAT) {
                throw new IllegalArgumentException("format is not " + FORMAT);
            }
            return Optional.of(new RepositoryMarker(
                    Long.parseUnsignedLong(json.path("systemIdentifier").asText()),
                    json.path("walSegmentSize").asLong(),
                    Instant.parse(json.path("created").asText())));
        } catch (IOException | IllegalArgumentException | DateTimeException e) {
            throw new ObjectStoreException(
                    ObjectStoreException.Reason.OTHER,
                    "the repository's marker " + key + " cannot be understood: " + e.getMessage(),
                    e);
        }
    }

    /** Writes the marker, unless there is one: then {@link ObjectExistsException}. */
    public void create(ObjectStore store, ObjectKey key) throws IOException {
        ObjectNode json = JSON.createObjectNode();
        json.put("format", FORMAT);
        // As text: it has more bits than a number of JSON has in most readers.
        json.put("systemIdentifier", Long.toUnsignedString(systemIdentifier));
        json.put("walSegmentSize", walSegmentSize);
        json.put("created", created.toString());
        store.put(key, Content.of(json.toPrettyString() + "\n"), PutMode.CREATE);
    }
}
