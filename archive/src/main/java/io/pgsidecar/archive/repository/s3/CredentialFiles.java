package io.pgsidecar.archive.repository.s3;

import io.pgsidecar.archive.repository.s3.S3Settings.Credentials;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;

/**
 * Credentials from files, read for each request: they are tiny, and what a mounted secret shows changes without notice.
 * Kubernetes exchanges all files of a secret at once, but between two of our reads: so they are read until two readings
 * in a row agree and are of one folder, and an old key id never meets a new key.
 */
final class CredentialFiles implements AwsCredentialsProvider {

    private static final int MAX_READINGS = 20;
    private static final int MAX_BYTES = 16 * 1024;

    /** @param folders where they really were, links followed */
    private record Reading(
            String accessKeyId,
            String secretAccessKey,
            @Nullable String sessionToken,
            Set<Path> folders) {}

    private final Path accessKeyIdFile;
    private final Path secretAccessKeyFile;
    private final @Nullable Path sessionTokenFile;

    /** In how many folders they are to be found: of one secret in one, wherever that is. */
    private final int folders;

    CredentialFiles(Path accessKeyIdFile, Path secretAccessKeyFile, @Nullable Path sessionTokenFile) {
        this.accessKeyIdFile = accessKeyIdFile;
        this.secretAccessKeyFile = secretAccessKeyFile;
        this.sessionTokenFile = sessionTokenFile;
        this.folders = (int) Stream.of(accessKeyIdFile, secretAccessKeyFile, sessionTokenFile)
                .filter(Objects::nonNull)
                .map(file -> file.toAbsolutePath().getParent())
                .distinct()
                .count();
    }

    /** The credentials in files; null if the settings name none. */
    static @Nullable CredentialFiles of(Credentials settings) {
        return settings.accessKeyIdFile() == null || settings.secretAccessKeyFile() == null
                ? null
                : new CredentialFiles(
                        settings.accessKeyIdFile(), settings.secretAccessKeyFile(), settings.sessionTokenFile());
    }

    /** @throws CredentialsUnreadableException if a file is missing, empty or not readable */
    @Override
    public AwsCredentials resolveCredentials() {
        Reading last = read();
        for (int i = 1; i < MAX_READINGS; i++) {
            Reading again = read();
            boolean agree = again.equals(last);
            last = again;
            if (agree && again.folders().size() <= folders) {
                break;
            }
        }
        return last.sessionToken() == null
                ? AwsBasicCredentials.create(last.accessKeyId(), last.secretAccessKey())
                : AwsSessionCredentials.create(last.accessKeyId(), last.secretAccessKey(), last.sessionToken());
    }

    private Reading read() {
        Set<Path> seen = new HashSet<>();
        return new Reading(
                read("accessKeyIdFile", accessKeyIdFile, seen),
                read("secretAccessKeyFile", secretAccessKeyFile, seen),
                sessionTokenFile == null ? null : read("sessionTokenFile", sessionTokenFile, seen),
                seen);
    }

    private static String read(String setting, Path file, Set<Path> folders) {
        try {
            Path real = file.toRealPath();
            folders.add(real.getParent());
            if (Files.size(real) > MAX_BYTES) {
                throw new CredentialsUnreadableException(setting, file, "is no credential: it is too large", null);
            }
            String text = Files.readString(real, StandardCharsets.UTF_8).strip();
            if (text.isEmpty() || text.chars().anyMatch(Character::isWhitespace)) {
                throw new CredentialsUnreadableException(
                        setting, file, text.isEmpty() ? "is empty" : "must hold the value and nothing else", null);
            }
            return text;
        } catch (IOException e) {
            throw new CredentialsUnreadableException(setting, file, "cannot be read: " + e, e);
        }
    }

    /** A file of credentials does not give any. */
    static final class CredentialsUnreadableException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        CredentialsUnreadableException(String setting, Path file, String what, @Nullable Throwable cause) {
            super("%s %s %s".formatted(setting, file, what), cause);
        }
    }

    @Override
    public String toString() {
        return "CredentialFiles[" + accessKeyIdFile + "]";
    }
}
