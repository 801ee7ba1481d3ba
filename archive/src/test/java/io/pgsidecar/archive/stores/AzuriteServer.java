package io.pgsidecar.archive.stores;

import com.azure.core.http.HttpClient;
import com.azure.storage.blob.BlobContainerClient;
import com.azure.storage.blob.BlobServiceClient;
import com.azure.storage.blob.BlobServiceClientBuilder;
import com.azure.storage.blob.BlobServiceVersion;
import com.azure.storage.common.StorageSharedKeyCredential;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Azurite's blob service with one account. It checks each request's signature as the real service does. Needs Node.js
 * and, the first time, npm's registry; without them the test that asks for it is skipped.
 */
public final class AzuriteServer implements AutoCloseable {

    private static final String ACCOUNT = "pgsidecartest";
    private static final String KEY = "cGdzaWRlY2FyJ3MgdGVzdHMsIGFuZCBub2JvZHkgZWxzZSdzIGFjY291bnQga2V5";

    private final ServerProcess process;

    private AzuriteServer(ServerProcess process) {
        this.process = process;
    }

    /**
     * A server, not started, that speaks HTTP.
     *
     * @param home an existing folder; the blobs are below it
     */
    public static AzuriteServer create(Path home) {
        return create(home, "http", List.of());
    }

    /**
     * A server, not started, that speaks HTTPS and takes tokens of Microsoft Entra ID, whose signature it does not
     * check.
     *
     * @param certificate PEM
     * @param key of the certificate, PEM
     */
    public static AzuriteServer createWithTls(Path home, Path certificate, Path key) {
        return create(
                home, "https", List.of("--cert", certificate.toString(), "--key", key.toString(), "--oauth", "basic"));
    }

    private static AzuriteServer create(Path home, String scheme, List<String> options) {
        int port = FreePort.next();
        List<String> command = new ArrayList<>(AzuriteProgram.command());
        command.addAll(List.of(
                "--blobHost",
                "127.0.0.1",
                "--blobPort",
                Integer.toString(port),
                "--location",
                home.resolve("azurite").toString(),
                "--disableTelemetry",
                "--disableProductStyleUrl",
                "--silent"));
        command.addAll(options);
        return new AzuriteServer(new ServerProcess(
                "azurite",
                command,
                Map.of("AZURITE_ACCOUNTS", ACCOUNT + ":" + KEY),
                URI.create("%s://127.0.0.1:%d/%s".formatted(scheme, port, ACCOUNT)),
                home));
    }

    /** Starts it, also after a {@link #stop()}: at the same address, with the blobs that it had. */
    public void start() {
        process.start();
    }

    public void stop() {
        process.stop();
    }

    /** {@code http://127.0.0.1:port/account} */
    public URI endpoint() {
        return process.endpoint();
    }

    public String account() {
        return ACCOUNT;
    }

    /** In Base64, as the portal shows it. */
    public String accountKey() {
        return KEY;
    }

    /** The account with its key, for whatever the tests of a back end do not do through it. Only with HTTP. */
    public BlobServiceClient client() {
        return builder().buildClient();
    }

    private BlobServiceClientBuilder builder() {
        return new BlobServiceClientBuilder()
                .endpoint(endpoint().toString())
                .credential(new StorageSharedKeyCredential(ACCOUNT, KEY))
                .serviceVersion(BlobServiceVersion.V2023_11_03);
    }

    /** Makes an empty container and gives its client. Only with HTTP. */
    public BlobContainerClient createContainer(String name) {
        return client().createBlobContainer(name);
    }

    /** Makes an empty container, by a client that trusts the server's certificate. */
    public BlobContainerClient createContainer(String name, HttpClient http) {
        return builder().httpClient(http).buildClient().createBlobContainer(name);
    }

    /** What the server has printed. */
    public String log() {
        return process.log();
    }

    @Override
    public void close() {
        process.close();
    }
}
