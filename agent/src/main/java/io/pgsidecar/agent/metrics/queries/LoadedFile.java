package io.pgsidecar.agent.metrics.queries;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A file of queries, as it was read last.
 *
 * @param hash SHA-256 of what was read, in hex; empty if it could not be read
 * @param content what it said when it could be understood last, and what is wrong with it now
 */
record LoadedFile(String file, String prefix, String hash, QueryFile.Content content) {

    private static final int MAX_BYTES = 1 << 20;

    /** What was read, or why it was not. */
    private record Reading(String hash, Optional<String> text, String problem) {}

    /**
     * Reads the file. If it cannot be read or is no YAML, the queries of before stay: somebody is at it, and series that
     * vanish for a comma would say that a server is gone.
     */
    static LoadedFile read(Path path, String prefix, @Nullable LoadedFile before) {
        Reading reading = read(path);
        if (before != null && !reading.hash().isEmpty() && before.hash.equals(reading.hash())) {
            return before;
        }
        String file = path.toString();
        QueryFile.Content content = reading.text()
                .map(text -> QueryFile.parse(file, prefix, text))
                .orElseGet(() -> new QueryFile.Content(
                        false, List.of(), List.of(new QueryProblem(true, file, 0, "", reading.problem()))));
        return new LoadedFile(
                file,
                prefix,
                reading.hash(),
                content.readable() || before == null
                        ? content
                        : new QueryFile.Content(false, before.content.specs(), content.problems()));
    }

    private static Reading read(Path path) {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(path)) {
            bytes = in.readNBytes(MAX_BYTES + 1);
        } catch (NoSuchFileException e) {
            return unread("no such file");
        } catch (AccessDeniedException e) {
            return unread("permission denied");
        } catch (IOException e) {
            return unread("cannot be read: " + e.getMessage());
        }
        String hash = sha256(bytes);
        if (bytes.length > MAX_BYTES) {
            return new Reading(
                    hash,
                    Optional.empty(),
                    "must not be larger than %d bytes; make several of it".formatted(MAX_BYTES));
        }
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            return new Reading(hash, Optional.of(text), "");
        } catch (CharacterCodingException e) {
            return new Reading(hash, Optional.empty(), "must be UTF-8 text");
        }
    }

    private static Reading unread(String problem) {
        return new Reading("", Optional.empty(), problem);
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
