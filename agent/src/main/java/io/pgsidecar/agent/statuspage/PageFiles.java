package io.pgsidecar.agent.statuspage;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/** The page's style and script, and the policy that lets a browser use these and nothing else. */
public final class PageFiles {

    static final String STYLE = read("page.css");
    static final String SCRIPT = read("page.js");

    private static final String POLICY = String.join(
            "; ",
            "default-src 'none'",
            "style-src '%s'".formatted(checksum(STYLE)),
            "script-src '%s'".formatted(checksum(SCRIPT)),
            "connect-src 'self'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'");

    private PageFiles() {}

    /** The value of {@code Content-Security-Policy}. */
    public static String policy() {
        return POLICY;
    }

    private static String read(String name) {
        try (InputStream in = PageFiles.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is missing from the program");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String checksum(String content) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(content.getBytes(StandardCharsets.UTF_8));
            return "sha256-" + Base64.getEncoder().encodeToString(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
