package io.pgsidecar.archive.repository.azure;

import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.azure.AzureSettings.Connection;
import io.pgsidecar.archive.repository.azure.AzureSettings.Credentials;
import io.pgsidecar.archive.stores.AzuriteServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** Settings as the tests need them. */
final class TestSettings {

    /** Two tries. Patient: a slow machine's request is not to be given up. */
    static final Connection TWO_TRIES = new Connection(
            Optional.empty(),
            Optional.empty(),
            Duration.ofSeconds(30),
            Duration.ofMinutes(1),
            Duration.ofMinutes(2),
            2);

    private TestSettings() {}

    /** For a server's account, with its key in a file of the given folder. */
    static AzureSettings accountKey(AzuriteServer server, String container, Path folder) {
        return with(
                server, container, Credentials.accountKey(write(folder.resolve("account.key"), server.accountKey())));
    }

    static AzureSettings with(AzuriteServer server, String container, Credentials credentials) {
        return at(server.endpoint(), container, credentials, TWO_TRIES);
    }

    static AzureSettings at(URI endpoint, String container, Credentials credentials, Connection connection) {
        boolean named = credentials.connectionStringFile().isPresent();
        return new AzureSettings(
                named ? Optional.empty() : Optional.of("pgsidecartest"),
                named ? Optional.empty() : Optional.of(endpoint),
                container,
                ObjectKey.ROOT,
                credentials,
                Optional.empty(),
                connection);
    }

    static Path write(Path file, String content) {
        try {
            return Files.writeString(file, content + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
