package io.pgsidecar.archive.repository.s3;

import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.s3.S3Settings.Connection;
import io.pgsidecar.archive.repository.s3.S3Settings.Timeouts;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Supplier;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.http.apache5.ProxyConfiguration;
import software.amazon.awssdk.profiles.ProfileFile;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.providers.DefaultAwsRegionProviderChain;
import software.amazon.awssdk.services.s3.LegacyMd5Plugin;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;

/**
 * A bucket, or the part of it below a prefix: the client, the names of objects in it, and the translation of errors.
 *
 * <p>The client is the synchronous one, on Apache's HTTP client 5. {@code url-connection-client} is smaller, but the
 * JDK's {@code HttpURLConnection} behind it repeats some requests by itself, cannot bound its pool, and tells nothing of
 * an answer that came while a body was still being sent, as a 412 or 503 does. Apache's has time-outs for connection,
 * silence and the wait for the pool, trust managers and proxies of its own, and 100-continue, so that a refused upload
 * is not sent; its 2 MB of classes are loaded only where a bucket is configured. The asynchronous clients would bring
 * Netty.
 *
 * <p>Retries are the SDK's, mode "standard". Signed chunks ({@code aws-chunked}) are off, which few stores but AWS know:
 * over HTTPS the body is not signed, over HTTP it is read twice.
 */
final class Bucket implements AutoCloseable {

    /** What a transfer may take beyond the time-outs: no line is slower than that and of use. */
    private static final long SLOWEST_BYTES_PER_SECOND = 256 * 1024;

    private static final String REGION_OF_ENDPOINTS = "us-east-1";
    private static final int MAX_CONNECTIONS = 64;
    private static final Duration KEEP_IDLE = Duration.ofSeconds(15);

    private final S3Settings settings;
    private final RequestAttributes attributes;
    private final S3Errors errors;
    private final ScheduledExecutorService timer;
    private final @Nullable AwsCredentialsProvider credentials;
    private final S3Client client;

    /** @throws IllegalArgumentException if the settings cannot work */
    Bucket(S3Settings settings) {
        this.settings = settings;
        this.attributes = new RequestAttributes(settings);
        Connection connection = settings.connection();
        Apache5HttpClient.Builder http = http(connection, settings.timeouts());
        Region region = region(settings);
        this.errors = new S3Errors(
                connection.endpoint() == null
                        ? "AWS " + region.id()
                        : connection.endpoint().toString(),
                settings.bucket());
        this.credentials = credentials(settings.credentials());
        this.timer = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name("s3-time-outs").factory());
        this.client = client(settings, http, region, credentials, timer);
    }

    S3Client client() {
        return client;
    }

    String name() {
        return settings.bucket();
    }

    S3Settings settings() {
        return settings;
    }

    RequestAttributes attributes() {
        return attributes;
    }

    S3Errors errors() {
        return errors;
    }

    /** The object's name in the bucket. */
    String key(ObjectKey key) {
        if (key.isRoot()) {
            throw new IllegalArgumentException("the root is no object");
        }
        return settings.prefix().isEmpty() ? key.value() : settings.prefix() + "/" + key.value();
    }

    /** What the names of all objects below a key begin with. */
    String prefix(ObjectKey key) {
        if (key.isRoot()) {
            return settings.prefix().isEmpty() ? "" : settings.prefix() + "/";
        }
        return key(key) + "/";
    }

    /** The object of a name that was listed; empty if the name is none that this program could have given. */
    Optional<ObjectKey> object(String name) {
        String beginning = prefix(ObjectKey.ROOT);
        if (!name.startsWith(beginning) || name.length() == beginning.length()) {
            return Optional.empty();
        }
        try {
            return Optional.of(new ObjectKey(name.substring(beginning.length())));
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // "folder/" of the AWS console, "a//b".
        }
    }

    /** Where, for messages. */
    String describe(ObjectKey key) {
        return "s3://" + name() + "/" + key(key);
    }

    /**
     * Sends a request, with the SDK's retries, and gives its answer.
     *
     * @param doing for messages, as in "cannot read"
     * @throws S3Failure whatever went wrong
     */
    <T> T call(String doing, @Nullable String key, Supplier<T> request) throws S3Failure {
        try {
            return request.get();
        } catch (SdkException | IllegalStateException e) {
            throw errors.translate(doing, key, e);
        } catch (CredentialFiles.CredentialsUnreadableException e) {
            throw errors.translate(doing, key, e);
        }
    }

    /** What the store knows of an object. */
    HeadObjectResponse head(String name) throws S3Failure {
        HeadObjectRequest request = attributes
                .head(HeadObjectRequest.builder().bucket(name()).key(name))
                .build();
        return call("cannot look at", name, () -> client.headObject(request));
    }

    /** The time that a request has which moves so many bytes. */
    AwsRequestOverrideConfiguration timeFor(long bytes) {
        Duration transfer = transferTime(bytes);
        return AwsRequestOverrideConfiguration.builder()
                .apiCallAttemptTimeout(settings.timeouts().request().plus(transfer))
                .apiCallTimeout(settings.timeouts().total().plus(transfer.multipliedBy(2)))
                .build();
    }

    Duration transferTime(long bytes) {
        return Duration.ofSeconds(bytes / SLOWEST_BYTES_PER_SECOND);
    }

    @Override
    public void close() {
        client.close();
        if (credentials instanceof AutoCloseable closeable) {
            try {
                closeable.close();
            } catch (Exception e) {
                // It holds nothing but a connection of its own.
            }
        }
        timer.shutdownNow();
    }

    private static S3Client client(
            S3Settings settings,
            Apache5HttpClient.Builder http,
            Region region,
            @Nullable AwsCredentialsProvider credentials,
            ScheduledExecutorService timer) {
        Timeouts timeouts = settings.timeouts();
        boolean checksums = settings.writing().checksums() == S3Settings.Checksums.WHEN_SUPPORTED;
        URI endpoint = settings.connection().endpoint();
        S3ClientBuilder builder = S3Client.builder()
                .httpClientBuilder(http)
                .region(region)
                .credentialsProvider(credentials)
                .forcePathStyle(settings.connection().usesPathStyle())
                .serviceConfiguration(s3 -> s3.chunkedEncodingEnabled(false))
                .requestChecksumCalculation(
                        checksums
                                ? RequestChecksumCalculation.WHEN_SUPPORTED
                                : RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(
                        checksums
                                ? ResponseChecksumValidation.WHEN_SUPPORTED
                                : ResponseChecksumValidation.WHEN_REQUIRED)
                // Stores that do not know the newer checksums want this older one where one is required.
                .addPlugin(LegacyMd5Plugin.create())
                .overrideConfiguration(o -> o.retryStrategy(AwsRetryStrategy.standardRetryStrategy().toBuilder()
                                .maxAttempts(timeouts.attempts())
                                .build())
                        .apiCallAttemptTimeout(timeouts.request())
                        .apiCallTimeout(timeouts.total())
                        .scheduledExecutorService(timer));
        return endpoint == null
                ? builder.build()
                : builder.endpointOverride(endpoint).build();
    }

    private static Apache5HttpClient.Builder http(Connection connection, Timeouts timeouts) {
        Apache5HttpClient.Builder http = Apache5HttpClient.builder()
                .connectionTimeout(timeouts.connect())
                .socketTimeout(timeouts.request())
                .connectionAcquisitionTimeout(timeouts.request())
                .maxConnections(MAX_CONNECTIONS)
                .connectionMaxIdleTime(KEEP_IDLE)
                .tcpKeepAlive(true);
        if (connection.caFile() != null) {
            TrustManager[] trust = {new TrustedAuthorities(connection.caFile())};
            http.tlsTrustManagersProvider(() -> trust);
        }
        if (connection.proxy() != null) {
            http.proxyConfiguration(ProxyConfiguration.builder()
                    .endpoint(connection.proxy())
                    .useEnvironmentVariableValues(false)
                    .useSystemPropertyValues(false)
                    .build());
        }
        return http;
    }

    private static AwsCredentialsProvider credentials(S3Settings.Credentials settings) {
        @Nullable CredentialFiles files = CredentialFiles.of(settings);
        if (files != null) {
            return files;
        }
        DefaultCredentialsProvider.Builder chain = DefaultCredentialsProvider.builder();
        if (settings.profile() != null) {
            chain.profileName(settings.profile());
        }
        return chain.build();
    }

    private static Region region(S3Settings settings) {
        String given = settings.connection().region();
        if (given != null) {
            return Region.of(given);
        }
        if (settings.connection().endpoint() != null) {
            return Region.of(REGION_OF_ENDPOINTS);
        }
        try {
            DefaultAwsRegionProviderChain.Builder chain = DefaultAwsRegionProviderChain.builder();
            if (settings.credentials().profile() != null) {
                chain.profileName(settings.credentials().profile()).profileFile(ProfileFile::defaultProfileFile);
            }
            return chain.build().getRegion();
        } catch (SdkException e) {
            throw new IllegalArgumentException(
                    "no region is known: set region, or AWS_REGION in the environment: " + e.getMessage(), e);
        }
    }
}
