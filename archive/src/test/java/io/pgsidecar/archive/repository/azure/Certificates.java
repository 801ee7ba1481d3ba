package io.pgsidecar.archive.repository.azure;

import com.azure.core.http.HttpClient;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * A certificate for 127.0.0.1 that nobody knows.
 *
 * @param keys the key and the certificate
 * @param certificate the certificate, PEM
 * @param key the key, PEM
 */
record Certificates(KeyStore keys, Path certificate, Path key) {

    private static final String PASSWORD = "password";

    /** New ones. */
    static Certificates make(Path folder) throws Exception {
        Path keyStore = folder.resolve("server.p12");
        Path certificate = folder.resolve("ca.pem");
        keytool(
                List.of(
                        "-genkeypair",
                        "-keystore",
                        keyStore.toString(),
                        "-storetype",
                        "PKCS12",
                        "-alias",
                        "server",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=127.0.0.1",
                        "-ext",
                        "SAN=IP:127.0.0.1",
                        "-validity",
                        "2",
                        "-storepass",
                        PASSWORD),
                folder);
        keytool(
                List.of(
                        "-exportcert",
                        "-rfc",
                        "-keystore",
                        keyStore.toString(),
                        "-alias",
                        "server",
                        "-file",
                        certificate.toString(),
                        "-storepass",
                        PASSWORD),
                folder);
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(keyStore)) {
            keys.load(in, PASSWORD.toCharArray());
        }
        byte[] encoded = keys.getKey("server", PASSWORD.toCharArray()).getEncoded();
        Path key = Files.writeString(
                folder.resolve("key.pem"),
                "-----BEGIN PRIVATE KEY-----\n%s\n-----END PRIVATE KEY-----\n"
                        .formatted(Base64.getMimeEncoder().encodeToString(encoded)));
        return new Certificates(keys, certificate, key);
    }

    /** For a server with this certificate. */
    SSLContext tls() throws Exception {
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        return context;
    }

    /** A client that trusts it. */
    HttpClient httpClient() throws Exception {
        return AzureHttp.client(TestSettings.TWO_TRIES, Files.readString(certificate));
    }

    private static void keytool(List<String> arguments, Path folder) throws Exception {
        Path log = folder.resolve("keytool.log");
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(arguments);
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        if (process.waitFor() != 0) {
            throw new IllegalStateException(Files.readString(log));
        }
    }
}
