package io.pgsidecar.agent.shim;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The request of the control API. It may be sent again: each can be repeated without harm. */
final class WalRequest {

    private static final String UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
    private static final String DIGITS = "0123456789ABCDEF";
    private static final String END = " HTTP/1.1\r\nHost: pgsidecar\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

    private WalRequest() {}

    /**
     * The bytes to send.
     *
     * @param values what PostgreSQL gave as {@code %p}, or as {@code %f} and {@code %p}
     * @param currentFolder absolute. The agent knows PostgreSQL's own relative paths; pg_rewind runs us elsewhere, and
     *     its relative paths mean nothing to the agent
     */
    static byte[] of(WalVerb verb, List<String> values, String currentFolder) {
        String request = verb == WalVerb.DRAIN ? "POST /v1/drain" : ofFile(verb, values, currentFolder);
        return (request + END).getBytes(StandardCharsets.US_ASCII);
    }

    private static String ofFile(WalVerb verb, List<String> values, String currentFolder) {
        String path = values.getLast();
        if (!path.startsWith("/") && !path.startsWith("pg_wal/")) {
            path = currentFolder + (currentFolder.endsWith("/") ? "" : "/") + path;
        }
        String query = verb == WalVerb.RESTORE ? "name=" + encoded(values.getFirst()) + "&path=" : "path=";
        return "POST /v1/wal/" + verb.word() + "?" + query + encoded(path) + modified(verb, values.getLast());
    }

    /** So that the agent of another server does not archive its own file of this name and tell us that ours is safe. */
    private static String modified(WalVerb verb, String path) {
        if (verb != WalVerb.ARCHIVE) {
            return "";
        }
        try {
            return "&modified=" + Files.getLastModifiedTime(Path.of(path)).to(TimeUnit.NANOSECONDS);
        } catch (IOException | InvalidPathException e) {
            return ""; // The agent says what is wrong with it.
        }
    }

    private static String encoded(String text) {
        StringBuilder encoded = new StringBuilder();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xff);
            if (UNRESERVED.indexOf(c) >= 0) {
                encoded.append(c);
            } else {
                encoded.append('%').append(DIGITS.charAt(c >> 4)).append(DIGITS.charAt(c & 15));
            }
        }
        return encoded.toString();
    }
}
