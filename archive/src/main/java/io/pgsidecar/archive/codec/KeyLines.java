package io.pgsidecar.archive.codec;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The files in which age keeps keys: one a line; empty lines and {@code #} lines do not count. */
final class KeyLines {

    private static final int MAX_BYTES = 64 * 1024;

    private KeyLines() {}

    /** @param place for messages; it never shows the key */
    record Line(String place, String key) {}

    static List<Line> read(Path file) throws IOException {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(MAX_BYTES + 1);
        }
        if (bytes.length > MAX_BYTES) {
            throw new IOException("it has more than %d bytes, too many for a file of keys".formatted(MAX_BYTES));
        }
        List<Line> lines = new ArrayList<>();
        int number = 0;
        for (String line : new String(bytes, StandardCharsets.UTF_8).split("\n", -1)) {
            number++;
            String key = line.strip();
            if (!key.isEmpty() && !key.startsWith("#")) {
                lines.add(new Line("%s, line %d".formatted(file, number), key));
            }
        }
        return lines;
    }
}
