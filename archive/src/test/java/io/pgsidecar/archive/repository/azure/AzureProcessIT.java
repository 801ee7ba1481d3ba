package io.pgsidecar.archive.repository.azure;

import static io.pgsidecar.archive.repository.azure.ScriptedService.answer;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.archive.stores.AzuriteServer;
import java.io.BufferedReader;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a whole JVM shows: its memory, and the classes that it loads. */
class AzureProcessIT {

    private static final int OBJECT = 24 << 20;

    @TempDir
    private Path home;

    @Test
    void eightWritersAndReadersFitIntoASmallHeapAndNothingOfAnIdentityIsLoaded() throws Exception {
        try (AzuriteServer server = AzuriteServer.create(home)) {
            server.start();
            server.createContainer("wal");
            Path key = TestSettings.write(home.resolve("account.key"), server.accountKey());
            Path classes = home.resolve("classes.log");
            File errors = home.resolve("errors.log").toFile();
            Process process = StoringProcess.start(
                    List.of("-Xmx64m", "-Xlog:class+load:file=" + classes),
                    Map.of(),
                    errors,
                    server.endpoint(),
                    "wal",
                    key,
                    "",
                    8,
                    OBJECT);
            assertReads(process, 8L * OBJECT, errors);
            assertThat(Files.readString(classes))
                    .contains("com.azure.storage.blob.BlobContainerClient")
                    .doesNotContain("com.azure.identity", "com.microsoft.aad");
        }
    }

    @Test
    void aManagedIdentityLogsIn() throws Exception {
        Certificates certificates = Certificates.make(home);
        try (AzuriteServer server = AzuriteServer.createWithTls(home, certificates.certificate(), certificates.key());
                ScriptedService metadata = new ScriptedService()) {
            server.start();
            server.createContainer("wal", certificates.httpClient());
            metadata.then(answer(200, Map.of("Content-Type", "application/json"), """
                    {"access_token":"%s","client_id":"me","expires_in":"3599","expires_on":"%d","token_type":"Bearer",
                    "resource":"https://storage.azure.com/"}""".formatted(
                            Token.forStorage(), System.currentTimeMillis() / 1000 + 3599)));
            File errors = home.resolve("errors.log").toFile();
            Process process = StoringProcess.start(
                    List.of(),
                    Map.of("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:" + metadata.port()),
                    errors,
                    server.endpoint(),
                    "wal",
                    "MANAGED",
                    certificates.certificate(),
                    1,
                    1000);
            assertReads(process, 1000, errors);
            assertThat(metadata.asked()).hasSize(1).first().satisfies(asked -> {
                assertThat(asked.query()).contains("resource=https://storage.azure.com");
                assertThat(asked.headers()).containsEntry("metadata", "true");
            });
        }
    }

    @Test
    void aServiceAccountLogsIn() throws Exception {
        Certificates certificates = Certificates.make(home);
        try (AzuriteServer server = AzuriteServer.createWithTls(home, certificates.certificate(), certificates.key());
                ScriptedService entra = new ScriptedService(certificates.tls())) {
            server.start();
            server.createContainer("wal", certificates.httpClient());
            entra.then(answer(
                    200,
                    Map.of("Content-Type", "application/json"),
                    "{\"token_type\":\"Bearer\",\"expires_in\":3599,\"access_token\":\"%s\"}"
                            .formatted(Token.forStorage())));
            File errors = home.resolve("errors.log").toFile();
            Path token = TestSettings.write(home.resolve("service-account-token"), Token.forStorage());
            Process process = StoringProcess.start(
                    List.of(),
                    Map.of(
                            "AZURE_AUTHORITY_HOST",
                            "https://127.0.0.1:%d/".formatted(entra.port()),
                            "AZURE_TENANT_ID",
                            "11111111-1111-1111-1111-111111111111",
                            "AZURE_CLIENT_ID",
                            "22222222-2222-2222-2222-222222222222",
                            "AZURE_FEDERATED_TOKEN_FILE",
                            token.toString()),
                    errors,
                    server.endpoint(),
                    "wal",
                    "WORKLOAD",
                    certificates.certificate(),
                    1,
                    1000);
            assertReads(process, 1000, errors);
            assertThat(entra.asked()).hasSize(1);
        }
    }

    private static void assertReads(Process process, long bytes, File errors) throws Exception {
        try (BufferedReader output = process.inputReader()) {
            String line = output.readLine();
            process.waitFor();
            assertThat(line).as(Files.readString(errors.toPath())).isEqualTo(Long.toString(bytes));
            assertThat(process.exitValue()).isZero();
        } finally {
            process.destroyForcibly();
        }
    }
}
