package io.pgsidecar.archive.repository.azure;

import com.azure.core.http.HttpClient;
import com.azure.core.http.ProxyOptions;
import com.azure.core.http.jdk.httpclient.JdkHttpClientBuilder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Collection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** How requests go out: Java's own HTTP client, with bounds on all that waits. */
final class AzureHttp {

    /** Where a machine asks for its own identity. Never behind a proxy. */
    private static final String INSTANCE_METADATA = "169.254.169.254";

    private AzureHttp() {}

    /**
     * A client.
     *
     * @param authorities certificates (PEM) to trust besides Java's own
     * @throws GeneralSecurityException if they are none
     */
    static HttpClient client(AzureSettings.Connection connection, @Nullable String authorities)
            throws GeneralSecurityException {
        java.net.http.HttpClient.Builder jdk = java.net.http.HttpClient.newBuilder();
        if (authorities != null) {
            jdk.sslContext(trusting(authorities));
        }
        JdkHttpClientBuilder builder = new JdkHttpClientBuilder(jdk)
                .connectionTimeout(connection.connectTimeout())
                .writeTimeout(connection.requestTimeout())
                .responseTimeout(connection.requestTimeout())
                .readTimeout(connection.requestTimeout());
        if (connection.proxy().isPresent()) {
            URI proxy = connection.proxy().get();
            builder.proxy(new ProxyOptions(
                            ProxyOptions.Type.HTTP,
                            InetSocketAddress.createUnresolved(proxy.getHost(), proxy.getPort()))
                    .setNonProxyHosts(INSTANCE_METADATA));
        }
        return builder.build();
    }

    private static SSLContext trusting(String pem) throws GeneralSecurityException {
        Collection<? extends Certificate> added = CertificateFactory.getInstance("X.509")
                .generateCertificates(new ByteArrayInputStream(pem.getBytes(StandardCharsets.UTF_8)));
        if (added.isEmpty()) {
            throw new GeneralSecurityException("no certificate in it");
        }
        try {
            KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            int number = 0;
            for (Certificate certificate : added) {
                trusted.setCertificateEntry("added-" + number++, certificate);
            }
            for (TrustManager manager : managers(null)) {
                if (manager instanceof X509TrustManager x509) {
                    for (X509Certificate certificate : x509.getAcceptedIssuers()) {
                        trusted.setCertificateEntry("java-" + number++, certificate);
                    }
                }
            }
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, managers(trusted), null);
            return context;
        } catch (IOException e) {
            throw new IllegalStateException("an empty key store is read from nowhere", e);
        }
    }

    private static TrustManager[] managers(@Nullable KeyStore trusted) throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(trusted);
        return factory.getTrustManagers();
    }
}
