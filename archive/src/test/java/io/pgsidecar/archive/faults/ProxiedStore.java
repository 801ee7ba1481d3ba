package io.pgsidecar.archive.faults;

import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.azure.AzureSettings;
import io.pgsidecar.archive.repository.azure.AzureStore;
import io.pgsidecar.archive.repository.s3.S3Settings;
import io.pgsidecar.archive.repository.s3.S3Store;
import io.pgsidecar.archive.stores.AzuriteServer;
import io.pgsidecar.archive.stores.S3MockServer;
import io.pgsidecar.archive.stores.S3ProxyServer;
import io.pgsidecar.archive.stores.S3Server;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A real object store with a {@link FaultProxy} before it, and what its clients are to be told. */
public final class ProxiedStore implements AutoCloseable {

    /** Which store. */
    public enum Kind {
        S3MOCK,
        S3PROXY,
        AZURITE;

        public boolean isS3() {
            return this != AZURITE;
        }

        /** Whether it holds what it is sent against a checksum or a signature that came with it. */
        public boolean checksWhatItIsSent() {
            return this != S3MOCK;
        }

        /** S3Mock 4.11 deletes the object of a name when another upload to the same name is aborted. */
        public boolean removesWhatAnAbortedUploadDidNotMake() {
            return this == S3MOCK;
        }
    }

    /** How long a client waits for the store, and how often it asks. */
    public record Tries(Duration request, Duration total, int attempts) {

        /** So many tries; each is given up soon where the store is silent, and otherwise not, on a slow machine. */
        public static Tries of(int attempts, boolean silent) {
            return new Tries(Duration.ofMillis(silent ? 700 : 60_000), Duration.ofMinutes(2), attempts);
        }

        /** For a store that is silent once: each try is given up soon, and a slow machine gets more of them. */
        static Tries untilItAnswers() {
            return new Tries(Duration.ofSeconds(2), Duration.ofMinutes(2), 20);
        }
    }

    private static final String CONTAINER = "wal-archive";

    private final Kind kind;
    private final Runnable stop;
    private final FaultProxy proxy;
    private final String account;
    private final Path keyId;
    private final Path key;
    private final URI direct;

    private ProxiedStore(Kind kind, Runnable stop, URI endpoint, String account, String key, Path home) {
        this.kind = kind;
        this.stop = stop;
        this.direct = endpoint;
        this.account = account;
        this.proxy = FaultProxy.before(endpoint);
        try {
            this.keyId = Files.writeString(home.resolve("key-id"), account);
            this.key = Files.writeString(home.resolve("key"), key);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * A store that is started, with an empty bucket or container. Where it cannot be had the test is skipped, visibly.
     *
     * @param home an existing folder
     */
    public static ProxiedStore start(Kind kind, Path home) {
        if (kind == Kind.AZURITE) {
            AzuriteServer server = AzuriteServer.create(home);
            server.start();
            server.createContainer(CONTAINER);
            return new ProxiedStore(
                    kind, server::close, server.endpoint(), server.account(), server.accountKey(), home);
        }
        S3Server server = kind == Kind.S3MOCK ? S3MockServer.create(home) : S3ProxyServer.create(home);
        server.start();
        return new ProxiedStore(
                kind, server::close, server.endpoint(), server.accessKeyId(), server.secretAccessKey(), home);
    }

    public Kind kind() {
        return kind;
    }

    public FaultProxy proxy() {
        return proxy;
    }

    /** A client that no fault strikes. */
    public ObjectStore direct(String prefix) {
        return open(direct, prefix, new Tries(Duration.ofMinutes(1), Duration.ofMinutes(2), 3));
    }

    /** A client behind the proxy. */
    public ObjectStore proxied(String prefix, Tries tries) {
        return open(throughProxy(), prefix, tries);
    }

    /** The agent's settings for its repository {@code main} behind the proxy, each as {@code key: value}. */
    public List<String> settings(String prefix, Tries tries) {
        String section = "repositories.main." + (kind.isS3() ? "s3." : "azure.");
        List<String> own = kind.isS3()
                ? List.of(
                        "bucket: " + CONTAINER,
                        "region: us-east-1",
                        "pathStyle: true",
                        "accessKeyIdFile: " + keyId,
                        "secretAccessKeyFile: " + key)
                : List.of("container: " + CONTAINER, "account: " + account, "accountKeyFile: " + key);
        List<String> both = List.of(
                "endpoint: " + throughProxy(),
                "prefix: " + prefix,
                "requestTimeout: " + tries.request().toMillis() + "ms",
                "timeout: " + tries.total().toMillis() + "ms",
                "attempts: " + tries.attempts());
        return Stream.concat(
                        Stream.of("repositories.main.type: " + (kind.isS3() ? "s3" : "azure")),
                        Stream.concat(own.stream(), both.stream()).map(line -> section + line))
                .toList();
    }

    private URI throughProxy() {
        return proxy.endpoint().resolve(direct.getRawPath());
    }

    private ObjectStore open(URI endpoint, String prefix, Tries tries) {
        if (kind.isS3()) {
            return S3Store.open(S3Settings.of(CONTAINER)
                    .withPrefix(prefix)
                    .with(new S3Settings.Connection(endpoint, "us-east-1", true, null, null))
                    .with(S3Settings.Credentials.ofFiles(keyId, key))
                    .with(new S3Settings.Timeouts(
                            Duration.ofSeconds(30), tries.request(), tries.total(), tries.attempts())));
        }
        return AzureStore.open(new AzureSettings(
                Optional.of(account),
                Optional.of(endpoint),
                CONTAINER,
                new ObjectKey(prefix),
                AzureSettings.Credentials.accountKey(key),
                Optional.empty(),
                new AzureSettings.Connection(
                        Optional.empty(),
                        Optional.empty(),
                        Duration.ofSeconds(30),
                        tries.request(),
                        tries.total(),
                        tries.attempts())));
    }

    @Override
    public void close() {
        proxy.close();
        stop.run();
    }
}
