package io.pgsidecar.archive.repository.azure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgsidecar.archive.repository.Content;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.ObjectStoreException.Reason;
import io.pgsidecar.archive.repository.PutMode;
import io.pgsidecar.archive.repository.azure.AzureSettings.Connection;
import io.pgsidecar.archive.repository.azure.AzureSettings.Credentials;
import io.pgsidecar.archive.stores.AzuriteServer;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AzureTlsIT {

    private static final ObjectKey KEY = new ObjectKey("a");

    @TempDir
    private Path home;

    @Test
    void anAuthorityOfOnesOwnIsTrustedWhenItIsConfiguredAndOnlyThen() throws Exception {
        Certificates certificates = Certificates.make(home);
        try (AzuriteServer server = AzuriteServer.createWithTls(home, certificates.certificate(), certificates.key())) {
            server.start();
            server.createContainer("wal", certificates.httpClient());
            Credentials key =
                    Credentials.accountKey(TestSettings.write(home.resolve("account.key"), server.accountKey()));
            ObjectStore distrusting = store(server.endpoint(), key, Optional.empty());
            assertRefused(distrusting, Reason.UNAVAILABLE, "PKIX path building failed");

            Path ca = TestSettings.write(home.resolve("configured.pem"), "no certificate");
            ObjectStore store = store(server.endpoint(), key, Optional.of(ca));
            assertRefused(store, Reason.DENIED, "caFile " + ca);
            TestSettings.write(ca, Files.readString(certificates.certificate()));
            store.put(KEY, Content.of(new byte[5 << 20]), PutMode.CREATE);
            try (InputStream in = store.open(KEY, 0)) {
                assertThat(in.readAllBytes()).hasSize(5 << 20).containsOnly(0);
            }
        }
    }

    private static void assertRefused(ObjectStore store, Reason reason, String message) {
        assertThatThrownBy(() -> store.stat(KEY))
                .isInstanceOfSatisfying(
                        ObjectStoreException.class,
                        e -> assertThat(e.reason()).as("%s", e).isEqualTo(reason))
                .hasMessageContaining(message);
    }

    private static ObjectStore store(URI endpoint, Credentials credentials, Optional<Path> caFile) {
        Connection quick = TestSettings.TWO_TRIES;
        return AzureStore.open(TestSettings.at(
                endpoint,
                "wal",
                credentials,
                new Connection(
                        caFile,
                        Optional.empty(),
                        quick.connectTimeout(),
                        quick.requestTimeout(),
                        quick.timeout(),
                        quick.attempts())));
    }
}
