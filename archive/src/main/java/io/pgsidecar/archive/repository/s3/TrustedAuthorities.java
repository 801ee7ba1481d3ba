package io.pgsidecar.archive.repository.s3;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Collection;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Trusts the servers that an authority in a PEM file has signed, and no others. The file is read again when it changes:
 * an authority of one's own is renewed while the agent runs. A changed file that cannot be understood changes nothing.
 */
final class TrustedAuthorities extends X509ExtendedTrustManager {

    private record Trust(FileTime lastModified, X509ExtendedTrustManager manager) {}

    private final Path file;
    private volatile Trust trust;

    /** @throws IllegalArgumentException if the file has no certificates */
    TrustedAuthorities(Path file) {
        this.file = file;
        try {
            this.trust = read();
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalArgumentException(
                    "caFile %s cannot be used: %s; it must hold certificates in PEM format"
                            .formatted(file, e.getMessage()),
                    e);
        }
    }

    private X509ExtendedTrustManager current() {
        Trust known = trust;
        try {
            if (!Files.getLastModifiedTime(file).equals(known.lastModified())) {
                known = read();
                trust = known;
            }
        } catch (IOException | GeneralSecurityException e) {
            // Half written, or gone for a moment: what was trusted still is, and the next connection looks again.
        }
        return known.manager();
    }

    private Trust read() throws IOException, GeneralSecurityException {
        FileTime lastModified = Files.getLastModifiedTime(file);
        Collection<? extends Certificate> certificates;
        try (InputStream in = Files.newInputStream(file)) {
            certificates = CertificateFactory.getInstance("X.509").generateCertificates(in);
        }
        if (certificates.isEmpty()) {
            throw new CertificateException("no certificate in it");
        }
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        int number = 0;
        for (Certificate certificate : certificates) {
            store.setCertificateEntry("authority-" + number++, certificate);
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        for (TrustManager manager : factory.getTrustManagers()) {
            if (manager instanceof X509ExtendedTrustManager extended) {
                return new Trust(lastModified, extended);
            }
        }
        throw new CertificateException("this JVM has no trust manager for X.509");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        current().checkServerTrusted(chain, authType);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        current().checkServerTrusted(chain, authType, socket);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        current().checkServerTrusted(chain, authType, engine);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        current().checkClientTrusted(chain, authType);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        current().checkClientTrusted(chain, authType, socket);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        current().checkClientTrusted(chain, authType, engine);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return current().getAcceptedIssuers();
    }
}
