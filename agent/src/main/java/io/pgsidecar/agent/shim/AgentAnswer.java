package io.pgsidecar.agent.shim;

import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * An answer of the control API: HTTP/1.1 with a Content-Length and nothing else. What stands on the socket may be
 * another program, and a success has to be beyond doubt.
 *
 * @param outcome the word of the {@code Pgsidecar-Outcome} header; empty if there is none
 * @param lines of the body: the message, then details and hints; at least one
 */
record AgentAnswer(int status, String outcome, List<String> lines) {

    static final int LONGEST_HEADER = 16 * 1024;
    static final int LONGEST_BODY = 64 * 1024;
    private static final int LONGEST_WORD = 63;
    private static final String NO_STATUS_LINE = "its first line is no HTTP/1.1 status line";
    private static final String BAD_LENGTH = "its Content-Length is not one number of at most 65536";
    private static final String START = "HTTP/1.";

    /**
     * Reads what has come so far.
     *
     * @return null while more has to come
     * @throws ProtocolException as soon as this can become no answer; the message says why
     */
    static @Nullable AgentAnswer parse(byte[] bytes, int length) throws ProtocolException {
        String text = new String(bytes, 0, Math.min(length, LONGEST_HEADER), StandardCharsets.ISO_8859_1);
        if (!START.startsWith(text.substring(0, Math.min(text.length(), START.length())))) {
            throw new ProtocolException(NO_STATUS_LINE);
        }
        int end = headerLength(text);
        if (end == 0) {
            if (text.length() == LONGEST_HEADER) {
                throw new ProtocolException("its header is longer than 16 KiB");
            }
            return null;
        }
        Header header = Header.of(text.substring(0, end));
        if (length - end < header.length) {
            return null;
        }
        // What is not UTF-8 is replaced by the decoder; Report replaces control characters.
        String body = new String(bytes, end, header.length, StandardCharsets.UTF_8);
        return new AgentAnswer(header.status, header.outcome, lines(body));
    }

    /** The first line of the body, which says what happened; empty if the agent gave no reason. */
    String message() {
        return lines.getFirst();
    }

    private static List<String> lines(String body) {
        List<String> lines = new ArrayList<>();
        for (String line : body.split("\n", -1)) {
            lines.add(line.endsWith("\r") ? line.substring(0, line.length() - 1) : line);
        }
        return List.copyOf(lines);
    }

    /** With the empty line; 0 while that has not come. Lines end in CR LF or LF. */
    private static int headerLength(String text) {
        int bare = text.indexOf("\n\n");
        int full = text.indexOf("\n\r\n");
        if (bare >= 0 && (full < 0 || bare < full)) {
            return bare + 2;
        }
        return full >= 0 ? full + 3 : 0;
    }

    private static final class Header {
        private final int status;
        private String outcome = "";
        private int length = -1;

        private Header(String statusLine) throws ProtocolException {
            if (!statusLine.matches("(?s)HTTP/1\\.[01] [0-9]{3}( .*)?")) {
                throw new ProtocolException(NO_STATUS_LINE);
            }
            status = Integer.parseInt(statusLine.substring(9, 12));
        }

        static Header of(String text) throws ProtocolException {
            String[] lines = text.replace("\r\n", "\n").split("\n", -1);
            for (String line : lines) {
                if (line.indexOf('\r') >= 0 || line.indexOf('\0') >= 0) {
                    throw new ProtocolException("a control character stands in its header");
                }
            }
            Header header = new Header(lines[0]);
            for (int i = 1; !lines[i].isEmpty(); i++) {
                header.read(lines[i]);
            }
            if (header.length < 0) {
                throw new ProtocolException("it has no Content-Length");
            }
            return header;
        }

        private void read(String line) throws ProtocolException {
            int colon = line.indexOf(':');
            if (colon <= 0 || isBlank(line.charAt(0)) || isBlank(line.charAt(colon - 1))) {
                throw new ProtocolException("a line of its header is no field");
            }
            String value = line.substring(colon + 1).strip();
            switch (line.substring(0, colon).toLowerCase(Locale.ROOT)) {
                case "content-length" -> {
                    if (length >= 0 || !value.matches("[0-9]{1,7}") || Integer.parseInt(value) > LONGEST_BODY) {
                        throw new ProtocolException(BAD_LENGTH);
                    }
                    length = Integer.parseInt(value);
                }
                case "pgsidecar-outcome" -> {
                    if (!outcome.isEmpty() || value.isEmpty() || value.length() > LONGEST_WORD) {
                        throw new ProtocolException("its Pgsidecar-Outcome is not one word");
                    }
                    outcome = value;
                }
                case "transfer-encoding" -> throw new ProtocolException("it has a Transfer-Encoding");
                default -> {
                    // Of no meaning to us.
                }
            }
        }

        private static boolean isBlank(char c) {
            return c == ' ' || c == '\t';
        }
    }
}
