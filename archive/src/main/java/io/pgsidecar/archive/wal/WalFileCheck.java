package io.pgsidecar.archive.wal;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Is this file what its name says, and this cluster's? Asked before a file is stored and before one is handed over. */
final class WalFileCheck {

    /** {@code .history} and {@code .backup} files have a few hundred bytes; a history grows by a line per timeline. */
    static final long MAX_TEXT_BYTES = 1 << 20;

    private WalFileCheck() {}

    /** @throws WalException {@code BAD_SEGMENT} or {@code OTHER_CLUSTER}, with the reason */
    static void check(WalFileName name, Path file, long systemIdentifier) throws IOException, WalException {
        long size = Files.size(file);
        if (name.holdsWal()) {
            try (InputStream in = Files.newInputStream(file)) {
                byte[] start = in.readNBytes(WalHeader.LENGTH);
                if (start.length < WalHeader.LENGTH) {
                    throw bad(name, "it has only %d bytes".formatted(start.length));
                }
                WalHeader.read(start).check(name, size, systemIdentifier);
            }
            return;
        }
        if (size > MAX_TEXT_BYTES) {
            throw tooLong(name, size);
        }
        checkText(name, Files.readAllBytes(file));
    }

    /** The same of a file that holds no WAL, by its content. */
    static void checkText(WalFileName name, byte[] content) throws WalException {
        if (content.length > MAX_TEXT_BYTES) {
            throw tooLong(name, content.length);
        }
        if (name.kind() == WalFileName.Kind.HISTORY) {
            try {
                TimelineHistory.parse(name.timeline(), content);
            } catch (IllegalArgumentException e) {
                throw bad(name, String.valueOf(e.getMessage()));
            }
        } else if (!new String(content, StandardCharsets.UTF_8).startsWith("START WAL LOCATION: ")) {
            throw bad(name, "it does not begin with \"START WAL LOCATION: \"");
        }
    }

    private static WalException tooLong(WalFileName name, long size) {
        return bad(name, "it has %d bytes, far more than such a file can have".formatted(size));
    }

    private static WalException bad(WalFileName name, String why) {
        return new WalException(
                WalException.Reason.BAD_SEGMENT, "WAL file %s is not whole: %s".formatted(name, why), null, null);
    }
}
