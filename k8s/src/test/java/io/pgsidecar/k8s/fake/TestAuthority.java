package io.pgsidecar.k8s.fake;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * A certificate authority of our own, and a server certificate for 127.0.0.1 that it has signed. Made with the JDK's
 * {@code keytool}, so that no key lies in the sources.
 *
 * @param pem the authority's certificate
 * @param tls what a server needs
 */
public record TestAuthority(String pem, SSLContext tls) {

    private static final String PASSWORD = "changeit";

    /** A new one; takes a second or two. */
    public static TestAuthority create() {
        try {
            Path folder = Files.createTempDirectory("authority-");
            Path store = folder.resolve("keys.p12");
            try {
                keytool(store, "-alias", "ca", "-dname", "CN=kubernetes", "-ext", "bc:c=ca:true");
                keytool(
                        store,
                        "-alias",
                        "server",
                        "-dname",
                        "CN=kube-apiserver",
                        "-signer",
                        "ca",
                        "-ext",
                        "san=ip:127.0.0.1,ip:0:0:0:0:0:0:0:1,dns:kubernetes.default.svc");
                return read(store);
            } finally {
                Files.deleteIfExists(store);
                Files.deleteIfExists(folder);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static TestAuthority read(Path store) throws IOException, GeneralSecurityException {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD.toCharArray());
        }
        String pem = "-----BEGIN CERTIFICATE-----\n"
                + Base64.getMimeEncoder()
                        .encodeToString(keys.getCertificate("ca").getEncoded())
                + "\n-----END CERTIFICATE-----\n";
        keys.deleteEntry("ca");
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, PASSWORD.toCharArray());
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(managers.getKeyManagers(), null, null);
        return new TestAuthority(pem, tls);
    }

    private static void keytool(Path store, String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keystore",
                store.toString(),
                "-storetype",
                "PKCS12",
                "-storepass",
                PASSWORD,
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-validity",
                "2"));
        command.addAll(List.of(options));
        Process keytool = new ProcessBuilder(command).redirectErrorStream(true).start();
        String out = new String(keytool.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        if (!keytool.waitFor(60, TimeUnit.SECONDS) || keytool.exitValue() != 0) {
            throw new IllegalStateException("keytool failed: " + out);
        }
    }
}
