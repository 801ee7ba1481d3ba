package io.pgsidecar.archive.repository.azure;

import com.azure.core.http.HttpClient;
import com.azure.storage.blob.BlobContainerClient;
import com.azure.storage.blob.BlobServiceClientBuilder;
import com.azure.storage.blob.BlobServiceVersion;
import com.azure.storage.blob.specialized.BlockBlobClient;
import com.azure.storage.common.StorageSharedKeyCredential;
import com.azure.storage.common.policy.RequestRetryOptions;
import com.azure.storage.common.policy.RetryPolicyType;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.azure.AzureSettings.Credentials;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Base64;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The way to one container: makes clients from the credentials as they are now, names blobs, and lets no error out that
 * is not the store's. Thread-safe.
 */
final class AzureContainer {

    /** Old enough for Azurite, Azure Stack and clouds that lag behind, new enough for all that is used here. */
    private static final BlobServiceVersion PROTOCOL = BlobServiceVersion.V2023_11_03;

    /** Of azure-storage's own. */
    private static final RequestRetryOptions NO_RETRIES =
            new RequestRetryOptions(RetryPolicyType.FIXED, 1, (Integer) null, null, null, null);

    private final AzureSettings settings;
    private final @Nullable SecretFile secretFile;
    private final @Nullable SecretFile authoritiesFile;
    private @Nullable Client client;

    AzureContainer(AzureSettings settings) {
        this.settings = settings;
        Credentials credentials = settings.credentials();
        String setting = credentials.accountKeyFile().isPresent()
                ? "accountKeyFile"
                : credentials.sasTokenFile().isPresent() ? "sasTokenFile" : "connectionStringFile";
        this.secretFile =
                credentials.file().map(file -> new SecretFile(setting, file)).orElse(null);
        this.authoritiesFile = settings.connection()
                .caFile()
                .map(file -> new SecretFile("caFile", file))
                .orElse(null);
    }

    /** One request of the SDK's, with its own retries inside. */
    @FunctionalInterface
    interface Request<C, T> {
        T send(C client);
    }

    /**
     * Sends a request about a blob.
     *
     * @throws ObjectStoreException whatever goes wrong
     */
    <T> T ask(Operation operation, ObjectKey key, Request<BlockBlobClient, T> request) throws ObjectStoreException {
        String name = blobName(key);
        return translated(
                operation,
                key,
                container -> request.send(container.getBlobClient(name).getBlockBlobClient()));
    }

    /** Sends a request about the container. */
    <T> T askContainer(Operation operation, Request<BlobContainerClient, T> request) throws ObjectStoreException {
        return translated(operation, null, request);
    }

    private <T> T translated(Operation operation, @Nullable ObjectKey key, Request<BlobContainerClient, T> request)
            throws ObjectStoreException {
        BlobContainerClient container = client();
        try {
            return request.send(container);
        } catch (RuntimeException e) {
            throw AzureErrors.translate(operation, key, container.getBlobContainerUrl(), e);
        }
    }

    /** The blob that keeps an object. */
    String blobName(ObjectKey key) {
        if (key.isRoot()) {
            throw new IllegalArgumentException("the root is no object");
        }
        ObjectKey prefix = settings.prefix();
        return prefix.isRoot() ? key.value() : prefix.value() + "/" + key.value();
    }

    /** What the names of all blobs below a prefix begin with; {@code null} for every blob. */
    @Nullable
    String namesBelow(ObjectKey prefix) {
        if (prefix.isRoot()) {
            return settings.prefix().isRoot() ? null : settings.prefix().value() + "/";
        }
        return blobName(prefix) + "/";
    }

    /** The key of the object that a blob keeps. It is below the settings' prefix. */
    ObjectKey key(String blobName) {
        int skipped = settings.prefix().isRoot() ? 0 : settings.prefix().value().length() + 1;
        return new ObjectKey(blobName.substring(skipped));
    }

    /** The container's address, for messages. */
    String describe() throws ObjectStoreException {
        return client().getBlobContainerUrl();
    }

    /** For an operation with all its tries. */
    Duration timeout() {
        return settings.connection().timeout();
    }

    int attempts() {
        return settings.connection().attempts();
    }

    Optional<AzureSettings.Tier> accessTier() {
        return settings.accessTier();
    }

    private synchronized BlobContainerClient client() throws ObjectStoreException {
        String secret = secretFile == null ? null : secretFile.read();
        String authorities = authoritiesFile == null ? null : authoritiesFile.read();
        Client current = client;
        if (current == null
                || !Objects.equals(current.secret, secret)
                || !Objects.equals(current.authorities, authorities)) {
            current = new Client(secret, authorities, connect(secret, authorities));
            client = current;
        }
        return current.container;
    }

    private BlobContainerClient connect(@Nullable String secret, @Nullable String authorities)
            throws ObjectStoreException {
        HttpClient http = http(authorities);
        BlobServiceClientBuilder builder = new BlobServiceClientBuilder()
                .serviceVersion(PROTOCOL)
                .httpClient(http)
                .retryOptions(NO_RETRIES)
                .addPolicy(new Retries(settings.connection().attempts()));
        Credentials credentials = settings.credentials();
        if (credentials.connectionStringFile().isEmpty()) {
            builder.endpoint(endpoint());
        }
        if (secretFile == null || secret == null) {
            builder.credential(
                    AzureIdentity.credential(credentials.identity().orElseThrow(), credentials.clientId(), http));
        } else if (credentials.accountKeyFile().isPresent()) {
            checkAccountKey(secretFile, secret);
            builder.credential(new StorageSharedKeyCredential(settings.account().orElseThrow(), secret));
        } else if (credentials.sasTokenFile().isPresent()) {
            builder.sasToken(sasToken(secretFile, secret));
        } else {
            connectionString(secretFile, secret, builder);
        }
        return builder.buildClient().getBlobContainerClient(settings.container());
    }

    private String endpoint() {
        return settings.endpoint()
                .map(Object::toString)
                .orElseGet(() -> "https://" + settings.account().orElseThrow() + ".blob.core.windows.net");
    }

    private HttpClient http(@Nullable String authorities) throws ObjectStoreException {
        try {
            return AzureHttp.client(settings.connection(), authorities);
        } catch (GeneralSecurityException e) {
            throw Objects.requireNonNull(authoritiesFile)
                    .refused("has no certificates in PEM form (-----BEGIN CERTIFICATE-----): " + e.getMessage());
        }
    }

    private static void checkAccountKey(SecretFile file, String key) throws ObjectStoreException {
        if (!isBase64(key)) {
            throw file.refused("holds no account key: it is Base64, as the portal shows it under \"Access keys\"");
        }
    }

    private static String sasToken(SecretFile file, String token) throws ObjectStoreException {
        if (!token.matches("\\??([a-z]+=[^&\\s]*&)*sig=[^&\\s]+(&[a-z]+=[^&\\s]*)*")) {
            throw file.refused("holds no shared access signature: it is like sv=…&sp=…&sig=…, without an address");
        }
        return token;
    }

    private static void connectionString(SecretFile file, String text, BlobServiceClientBuilder builder)
            throws ObjectStoreException {
        try {
            builder.connectionString(text);
        } catch (RuntimeException _) { // Its message may show what the file holds.
            throw file.refused("holds no connection string: it is like AccountName=…;AccountKey=…, as the portal shows"
                    + " it under \"Access keys\"");
        }
    }

    private static boolean isBase64(String text) {
        try {
            return Base64.getDecoder().decode(text).length > 0;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** A client, and what it was made from. */
    private record Client(@Nullable String secret, @Nullable String authorities, BlobContainerClient container) {}
}
