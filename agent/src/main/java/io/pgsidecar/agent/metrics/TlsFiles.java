package io.pgsidecar.agent.metrics;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.PemKeyCertOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * With what the metrics are served by TLS, in PEM. Who renews it writes the files anew.
 *
 * @param certificate the server's, with those in between behind it
 */
public record TlsFiles(Path certificate, Path key) {

    /** What the files hold, as of a moment. */
    record Content(Buffer certificate, Buffer key) {

        PemKeyCertOptions options() {
            return new PemKeyCertOptions().setCertValue(certificate).setKeyValue(key);
        }
    }

    /** @throws IOException if one cannot be read; the message says which setting it is */
    Content read() throws IOException {
        return new Content(read("certificate", certificate), read("key", key));
    }

    private static Buffer read(String setting, Path file) throws IOException {
        try {
            return Buffer.buffer(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new IOException("metrics.tls.%s cannot be read: %s".formatted(setting, e), e);
        }
    }
}
