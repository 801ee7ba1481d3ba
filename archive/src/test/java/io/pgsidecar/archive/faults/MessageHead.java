package io.pgsidecar.archive.faults;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The start line and the headers of an HTTP/1.1 message (RFC 9112), as they came.
 *
 * @param lines without their ends
 */
record MessageHead(List<String> lines) {

    private static final int MAX_BYTES = 256 * 1024;

    /** The next one; empty where the peer has closed. */
    static Optional<MessageHead> read(InputStream in) throws IOException {
        StringBuilder text = new StringBuilder();
        while (!text.toString().endsWith("\r\n\r\n")) {
            String line = line(in);
            if (line.isEmpty() && text.isEmpty()) {
                return Optional.empty();
            }
            text.append(line);
            if (!line.endsWith("\r\n") || text.length() > MAX_BYTES) {
                throw new EOFException("not the head of an HTTP/1.1 message: " + text);
            }
            if (text.toString().equals("\r\n")) {
                text.setLength(0); // Between messages an empty line is allowed.
            }
        }
        return Optional.of(new MessageHead(List.of(text.toString().strip().split("\r\n"))));
    }

    /** A line with its end; shorter where the stream ends. ISO 8859-1 keeps every byte. */
    static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = in.read(); b >= 0; b = in.read()) {
            line.append((char) b);
            if (b == '\n') {
                break;
            }
        }
        return line.toString();
    }

    String method() {
        return lines.getFirst().split(" ", 3)[0];
    }

    /** Path and query, as sent. */
    String target() {
        String[] parts = lines.getFirst().split(" ", 3);
        return parts.length < 2 ? "" : parts[1];
    }

    int status() {
        return Integer.parseInt(target());
    }

    Optional<String> header(String name) {
        String prefix = name.toLowerCase(Locale.ROOT) + ":";
        return lines.stream()
                .skip(1)
                .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(prefix))
                .map(line -> line.substring(prefix.length()).strip())
                .findFirst();
    }

    boolean headerHas(String name, String word) {
        return header(name).orElse("").toLowerCase(Locale.ROOT).contains(word);
    }

    /** The same head with another length of the body. */
    MessageHead withContentLength(long length) {
        return new MessageHead(lines.stream()
                .map(line -> line.toLowerCase(Locale.ROOT).startsWith("content-length:")
                        ? "Content-Length: " + length
                        : line)
                .toList());
    }

    byte[] bytes() {
        return (String.join("\r\n", lines) + "\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1);
    }
}
