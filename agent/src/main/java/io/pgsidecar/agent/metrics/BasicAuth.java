package io.pgsidecar.agent.metrics;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Who may read the metrics: one user with a password (RFC 7617). The password's file is read each time, so a rotated one
 * counts at once.
 */
public record BasicAuth(String user, Path passwordFile) {

    private static final String SCHEME = "basic ";

    /**
     * Whether the request's header names the user and the password. How long that takes tells nothing of either.
     *
     * @param authorization null if there is none
     * @throws IOException if the password cannot be read
     */
    boolean admits(@Nullable String authorization) throws IOException {
        byte[] password = Files.readString(passwordFile).stripTrailing().getBytes(StandardCharsets.UTF_8);
        if (password.length == 0) {
            throw new IOException(passwordFile + " is empty");
        }
        if (authorization == null || !authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return false;
        }
        byte[] given;
        try {
            given = Base64.getDecoder()
                    .decode(authorization.substring(SCHEME.length()).strip());
        } catch (IllegalArgumentException e) {
            return false;
        }
        byte[] name = (user + ":").getBytes(StandardCharsets.UTF_8);
        byte[] expected = new byte[name.length + password.length];
        System.arraycopy(name, 0, expected, 0, name.length);
        System.arraycopy(password, 0, expected, name.length, password.length);
        return MessageDigest.isEqual(expected, given);
    }
}
