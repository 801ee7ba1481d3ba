package io.pgsidecar.archive.stores;

import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Adobe's S3Mock: much of S3's protocol, conditional writes and checksums with it. It looks at no credentials. HTTP, and
 * HTTPS on a second port.
 */
public final class S3MockServer implements S3Server {

    private final ServerProcess process;
    private final int tlsPort;

    private S3MockServer(ServerProcess process, int tlsPort) {
        this.process = process;
        this.tlsPort = tlsPort;
    }

    /**
     * A server with the certificate that S3Mock brings.
     *
     * @param home an existing folder; the objects are below it
     */
    public static S3MockServer create(Path home) {
        return create(home, null, "");
    }

    /** A server with a certificate of one's own, in a key store of type PKCS #12. */
    public static S3MockServer create(Path home, @Nullable Path keyStore, String keyStorePassword) {
        int port = FreePort.next();
        int tlsPort = FreePort.next();
        List<String> command = new ArrayList<>(ServerJars.java(home));
        command.addAll(List.of(
                "-jar",
                ServerJars.require("s3mock").resolve("s3mock.jar").toString(),
                "--server.address=127.0.0.1",
                "--server.port=" + tlsPort,
                "--http.port=" + port,
                "--com.adobe.testing.s3mock.httpPort=" + port));
        if (keyStore != null) {
            command.add("--server.ssl.key-store=" + keyStore.toUri());
            command.add("--server.ssl.key-store-type=PKCS12");
            command.add("--server.ssl.key-store-password=" + keyStorePassword);
            command.add("--server.ssl.key-password=" + keyStorePassword);
            command.add("--server.ssl.key-alias=server");
        }
        Map<String, String> environment = Map.of(
                "COM_ADOBE_TESTING_S3MOCK_STORE_INITIAL_BUCKETS",
                "wal-archive",
                "COM_ADOBE_TESTING_S3MOCK_STORE_ROOT",
                home.resolve("s3mock").toString(),
                "COM_ADOBE_TESTING_S3MOCK_STORE_RETAIN_FILES_ON_EXIT",
                "true");
        return new S3MockServer(
                new ServerProcess("s3mock", command, environment, URI.create("http://127.0.0.1:" + port), home),
                tlsPort);
    }

    @Override
    public void start() {
        process.start();
    }

    @Override
    public void stop() {
        process.stop();
    }

    @Override
    public URI endpoint() {
        return process.endpoint();
    }

    /** {@code https://127.0.0.1:port} */
    public URI tlsEndpoint() {
        return URI.create("https://127.0.0.1:" + tlsPort);
    }

    @Override
    public String log() {
        return process.log();
    }

    @Override
    public void close() {
        process.close();
    }
}
