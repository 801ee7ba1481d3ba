package io.pgsidecar.archive.repository.s3;

import io.pgsidecar.archive.repository.s3.S3Settings.Connection;
import io.pgsidecar.archive.repository.s3.S3Settings.Credentials;
import io.pgsidecar.archive.repository.s3.S3Settings.Timeouts;
import io.pgsidecar.archive.stores.S3Server;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/** Settings for servers of tests. */
final class ServerSettings {

    private static final AtomicInteger PREFIXES = new AtomicInteger();

    private ServerSettings() {}

    static S3Settings of(S3Server server) {
        return S3Settings.of(server.bucket())
                .with(new Connection(server.endpoint(), server.region(), null, null, null))
                .with(credentials(server.accessKeyId(), server.secretAccessKey()));
    }

    /** Two tries. Patient: a request of a slow machine is not to be asked, and counted, twice. */
    static S3Settings of(URI endpoint) {
        return S3Settings.of("bucket")
                .with(new Connection(endpoint, null, null, null, null))
                .with(credentials("test-access-key", "test-secret-key"))
                .with(new Timeouts(Duration.ofSeconds(30), Duration.ofMinutes(1), Duration.ofMinutes(2), 2));
    }

    static Credentials credentials(String id, String secret) {
        try {
            Path folder = Files.createTempDirectory("credentials");
            Path idFile = Files.writeString(folder.resolve("id"), id + "\n");
            Path secretFile = Files.writeString(folder.resolve("secret"), secret + "\n");
            idFile.toFile().deleteOnExit();
            secretFile.toFile().deleteOnExit();
            folder.toFile().deleteOnExit();
            return Credentials.ofFiles(idFile, secretFile);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String freshPrefix() {
        return "test-" + ProcessHandle.current().pid() + "/" + PREFIXES.incrementAndGet();
    }
}
