package io.pgsidecar.archive.backup;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectNotFoundException;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectStoreException;
import java.io.IOException;
import java.io.InputStream;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/**
 * Says who takes the backup of a slot.
 *
 * @param host for people
 * @param at when it was claimed, by that host's clock
 * @param by the process that claimed it: a host can come back as another
 */
public record SlotClaim(String host, Instant at, Role role, String by) {

    /** What a claim's instance is. */
    public enum Role {
        PRIMARY,
        REPLICA
    }

    private static final int MAX_BYTES = 64 * 1024;
    private static final ObjectMapper JSON = new ObjectMapper();

    /** The claim; empty if there is none. */
    static Optional<SlotClaim> read(ObjectStore store, ObjectKey key) throws IOException {
        byte[] bytes;
        try (InputStream in = store.open(key, 0)) {
            bytes = in.readNBytes(MAX_BYTES);
        } catch (ObjectNotFoundException e) {
            return Optional.empty();
        }
        try {
            JsonNode json = JSON.readTree(bytes);
            return Optional.of(new SlotClaim(
                    json.path("host").asText(),
                    Instant.parse(json.path("at").asText()),
                    Role.valueOf(json.path("role").asText().toUpperCase(Locale.ROOT)),
                    json.path("by").asText()));
        } catch (IOException | IllegalArgumentException | DateTimeException e) {
            throw new ObjectStoreException(
                    ObjectStoreException.Reason.OTHER,
                    "the claim %s cannot be understood: %s; remove it to have its backup taken"
                            .formatted(key, e.getMessage()),
                    e);
        }
    }

    String json() {
        return JSON.createObjectNode()
                        .put("host", host)
                        .put("at", at.toString())
                        .put("role", role.name().toLowerCase(Locale.ROOT))
                        .put("by", by)
                        .toPrettyString()
                + "\n";
    }
}
