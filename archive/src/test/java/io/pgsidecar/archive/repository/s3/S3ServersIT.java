package io.pgsidecar.archive.repository.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgsidecar.archive.repository.Content;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.ObjectStoreException.Reason;
import io.pgsidecar.archive.repository.PutMode;
import io.pgsidecar.archive.repository.s3.S3Settings.Connection;
import io.pgsidecar.archive.repository.s3.S3Settings.Timeouts;
import io.pgsidecar.archive.stores.S3MockServer;
import io.pgsidecar.archive.stores.S3ProxyServer;
import io.pgsidecar.archive.stores.S3Server;
import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What real servers do besides keeping objects: certificates, signatures, missing buckets, going away. */
class S3ServersIT {

    private static final ObjectKey KEY = new ObjectKey("wals/segment");
    private static final Timeouts TWO_TRIES =
            new Timeouts(Duration.ofSeconds(30), Duration.ofMinutes(1), Duration.ofMinutes(2), 2);

    @TempDir
    private Path home;

    @Test
    void onlyServersThatAnAuthorityOfTheFileHasSignedAreTrusted() throws Exception {
        Path own = certificate("own");
        certificate("foreign");
        Path caFile = Files.copy(home.resolve("foreign.pem"), home.resolve("ca.pem"));
        try (S3MockServer server = S3MockServer.create(home, own, "password")) {
            server.start();
            S3Settings settings = ServerSettings.of(server)
                    .with(new Connection(server.tlsEndpoint(), null, null, caFile, null))
                    .with(TWO_TRIES);
            try (ObjectStore store = S3Store.open(settings)) {
                assertThatThrownBy(() -> store.stat(KEY))
                        .isInstanceOfSatisfying(
                                ObjectStoreException.class,
                                e -> assertThat(e.reason()).isEqualTo(Reason.UNAVAILABLE))
                        .hasMessageContaining("check caFile");
                // The authority is renewed while we run.
                Files.copy(home.resolve("own.pem"), caFile, StandardCopyOption.REPLACE_EXISTING);
                Files.setLastModifiedTime(caFile, FileTime.fromMillis(1_000_000_000_000L));
                store.put(KEY, Content.of("over TLS"), PutMode.CREATE);
                assertThat(store.stat(KEY)).isPresent();
            }
        }
    }

    @Test
    void aFileWithoutCertificatesIsRefusedAtOnce() throws Exception {
        Path empty = Files.writeString(home.resolve("empty.pem"), "nothing\n");
        for (Path file : List.of(empty, home.resolve("absent.pem"))) {
            assertThatThrownBy(() ->
                            S3Store.open(S3Settings.of("bucket").with(new Connection(null, "x", null, file, null))))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("caFile " + file);
        }
    }

    @Test
    void aWrongSecretIsDenied() throws Exception {
        try (S3ProxyServer server = S3ProxyServer.create(home)) {
            server.start();
            S3Settings settings =
                    ServerSettings.of(server).with(ServerSettings.credentials(server.accessKeyId(), "wrong"));
            try (ObjectStore store = S3Store.open(settings)) {
                assertThatThrownBy(() -> store.variants(KEY, List.of("")))
                        .isInstanceOfSatisfying(
                                ObjectStoreException.class,
                                e -> assertThat(e.reason()).isEqualTo(Reason.DENIED))
                        .hasMessageContaining("the secret key does not fit");
                assertThatThrownBy(() -> store.stat(KEY))
                        .isInstanceOfSatisfying(
                                ObjectStoreException.class,
                                e -> assertThat(e.reason()).isEqualTo(Reason.DENIED));
            }
        }
    }

    private static void aBucketThatDoesNotExistProvesNothing(S3Server server) throws Exception {
        S3Settings there = ServerSettings.of(server);
        S3Settings settings = new S3Settings(
                "another-bucket",
                "",
                there.connection(),
                there.credentials(),
                there.encryption(),
                there.writing(),
                TWO_TRIES);
        try (ObjectStore store = S3Store.open(settings)) {
            assertDenied(() -> store.stat(KEY));
            assertDenied(() -> store.variants(KEY, List.of("")));
            assertDenied(() -> store.open(KEY, 0));
            assertDenied(() -> store.list(ObjectKey.ROOT));
            assertDenied(() -> store.put(KEY, Content.of("x"), PutMode.CREATE));
        }
    }

    @Test
    void aMissingBucketProvesNothingAndAServerThatComesBackHasWhatItHad() throws Exception {
        List<S3Server> servers = List.of(
                S3MockServer.create(Files.createDirectory(home.resolve("mock"))),
                S3ProxyServer.create(Files.createDirectory(home.resolve("proxy"))));
        for (S3Server server : servers) {
            try (server) {
                server.start();
                aBucketThatDoesNotExistProvesNothing(server);
                try (ObjectStore store = S3Store.open(ServerSettings.of(server).with(TWO_TRIES))) {
                    store.put(KEY, Content.of("content"), PutMode.CREATE);
                    server.stop();
                    assertThatThrownBy(() -> store.stat(KEY))
                            .isInstanceOfSatisfying(
                                    ObjectStoreException.class,
                                    e -> assertThat(e.reason()).isEqualTo(Reason.UNAVAILABLE));
                    server.start();
                    assertThat(store.open(KEY, 0).readAllBytes()).hasSize(7);
                }
            }
        }
    }

    @Test
    void manyWritersAtOnceNeedLittleMemory() throws Exception {
        try (S3MockServer server = S3MockServer.create(home)) {
            server.start();
            List<String> command = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx40m",
                    "-XX:+UseSerialGC",
                    "-XX:TieredStopAtLevel=1",
                    "-cp",
                    System.getProperty("java.class.path"),
                    ManyWritersProcess.class.getName(),
                    server.endpoint().toString(),
                    server.bucket()));
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            try (BufferedReader output = process.inputReader()) {
                assertThat(output.readLine()).isEqualTo("read back: " + ManyWritersProcess.TOTAL);
                String peak = output.readLine();
                System.out.println("8 writers: " + peak);
                assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
                assertThat(process.exitValue()).isZero();
            } finally {
                process.destroyForcibly();
            }
        }
    }

    private static void assertDenied(ThrowingCallable question) {
        assertThatThrownBy(question)
                .isInstanceOfSatisfying(
                        ObjectStoreException.class, e -> assertThat(e.reason()).isEqualTo(Reason.DENIED))
                .hasMessageContaining("NoSuchBucket");
    }

    /** A certificate for 127.0.0.1 that signs itself: a key store, and the certificate as PEM beside it. */
    private Path certificate(String name) throws Exception {
        Path store = home.resolve(name + ".p12");
        keytool(
                "-genkeypair",
                "-alias",
                "server",
                "-keyalg",
                "EC",
                "-dname",
                "CN=" + name,
                "-ext",
                "san=ip:127.0.0.1",
                "-ext",
                "bc:c",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                "password");
        keytool(
                "-exportcert",
                "-rfc",
                "-alias",
                "server",
                "-keystore",
                store.toString(),
                "-storepass",
                "password",
                "-file",
                home.resolve(name + ".pem").toString());
        return store;
    }

    private static void keytool(String... arguments) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
    }
}
