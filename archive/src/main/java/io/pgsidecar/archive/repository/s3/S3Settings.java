package io.pgsidecar.archive.repository.s3;

import io.pgsidecar.archive.repository.ObjectKey;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where a bucket is and how it is used. Each part checks itself, and an {@link IllegalArgumentException} names the
 * setting, its value and what would be right.
 *
 * @param bucket its name, or the ARN of an access point
 * @param prefix the part of the bucket that is the store, without slashes at its ends; empty: all of it
 */
public record S3Settings(
        String bucket,
        String prefix,
        Connection connection,
        Credentials credentials,
        Encryption encryption,
        Writing writing,
        Timeouts timeouts) {

    /** What is stored there cannot be read at once, so nothing could be restored. */
    private static final Set<String> NOT_READABLE_AT_ONCE = Set.of("GLACIER", "DEEP_ARCHIVE");

    private static final int MIB = 1 << 20;

    public S3Settings {
        boolean arn = bucket.startsWith("arn:");
        if (bucket.length() < 3 || bucket.startsWith("s3:") || (!arn && !bucket.matches("[A-Za-z0-9._-]+"))) {
            throw wrong("bucket", bucket, "the name of a bucket, such as \"wal-archive\", without s3:// and slashes");
        }
        try {
            new ObjectKey(prefix);
        } catch (IllegalArgumentException e) {
            throw wrong("prefix", prefix, "parts joined by single slashes, such as \"prod/main\"");
        }
        URI endpoint = connection.endpoint();
        if (encryption.kind() == Encryption.Kind.CUSTOMER
                && endpoint != null
                && endpoint.getScheme().equals("http")
                && !isLoopback(endpoint.getHost())) {
            throw wrong("endpoint", endpoint, "https:// with encryption \"customer\", which sends the key");
        }
    }

    /** All defaults: AWS, credentials and region from the environment. */
    public static S3Settings of(String bucket) {
        return new S3Settings(
                bucket,
                "",
                Connection.DEFAULT,
                Credentials.DEFAULT_CHAIN,
                Encryption.NONE,
                Writing.DEFAULT,
                Timeouts.DEFAULT);
    }

    public S3Settings with(Connection other) {
        return new S3Settings(bucket, prefix, other, credentials, encryption, writing, timeouts);
    }

    public S3Settings with(Credentials other) {
        return new S3Settings(bucket, prefix, connection, other, encryption, writing, timeouts);
    }

    public S3Settings with(Encryption other) {
        return new S3Settings(bucket, prefix, connection, credentials, other, writing, timeouts);
    }

    public S3Settings with(Writing other) {
        return new S3Settings(bucket, prefix, connection, credentials, encryption, other, timeouts);
    }

    public S3Settings with(Timeouts other) {
        return new S3Settings(bucket, prefix, connection, credentials, encryption, writing, other);
    }

    public S3Settings withPrefix(String other) {
        return new S3Settings(bucket, other, connection, credentials, encryption, writing, timeouts);
    }

    /**
     * How the store is reached.
     *
     * @param endpoint {@code http(s)://host[:port]} of a store that speaks S3; null: AWS
     * @param region null: from AWS_REGION, the profile or the instance; with an endpoint {@code us-east-1}
     * @param pathStyle whether the bucket goes into the path, and not before the host's name; null: yes with an
     *     endpoint, since such stores rarely have a name and a certificate for each bucket, no without
     * @param caFile PEM certificates; only servers that one of them has signed are trusted. Read again when it changes.
     *     Null: those that the JVM trusts
     * @param proxy {@code http://host:port}; null: what the environment says (HTTPS_PROXY, NO_PROXY)
     */
    public record Connection(
            @Nullable URI endpoint,
            @Nullable String region,
            @Nullable Boolean pathStyle,
            @Nullable Path caFile,
            @Nullable URI proxy) {

        public static final Connection DEFAULT = new Connection(null, null, null, null, null);

        public Connection {
            checkAddress("endpoint", endpoint, "an address such as https://s3.example.com:9000");
            checkAddress("proxy", proxy, "an address such as http://proxy.example.com:3128");
            if (region != null && !region.matches("[A-Za-z0-9-]+")) {
                throw wrong("region", region, "a region such as \"eu-central-1\"");
            }
            if (caFile != null && !caFile.isAbsolute()) {
                throw wrong("caFile", caFile, "an absolute path");
            }
        }

        boolean usesPathStyle() {
            return pathStyle == null ? endpoint != null : pathStyle;
        }

        private static void checkAddress(String name, @Nullable URI value, String right) {
            if (value == null) {
                return;
            }
            if (value.getRawUserInfo() != null) {
                // Without the value: it has a password.
                throw new IllegalArgumentException(
                        name + " has a user name in it, which is not supported; it must be " + right);
            }
            boolean http = "http".equals(value.getScheme()) || "https".equals(value.getScheme());
            String path = value.getRawPath();
            if (!http
                    || value.getHost() == null
                    || value.getRawQuery() != null
                    || value.getRawFragment() != null
                    || !(path.isEmpty() || path.equals("/"))) {
                throw wrong(name, value, right);
            }
        }
    }

    /**
     * Who asks. Without anything it is the chain of the AWS SDK: environment, web identity (IRSA), profile, container
     * credentials (pod identity, ECS) and the instance's role; each is refreshed before it expires.
     *
     * @param profile of the AWS configuration files, in place of the default one
     * @param accessKeyIdFile holds the key id, and nothing else; all these files are read for each request, so that
     *     new credentials count at once
     * @param secretAccessKeyFile holds the secret key
     * @param sessionTokenFile holds the session token of temporary credentials
     */
    public record Credentials(
            @Nullable String profile,
            @Nullable Path accessKeyIdFile,
            @Nullable Path secretAccessKeyFile,
            @Nullable Path sessionTokenFile) {

        public static final Credentials DEFAULT_CHAIN = new Credentials(null, null, null, null);

        public Credentials {
            if ((accessKeyIdFile == null) != (secretAccessKeyFile == null)) {
                throw new IllegalArgumentException(
                        "accessKeyIdFile and secretAccessKeyFile belong together: give both, or none");
            }
            if (sessionTokenFile != null && accessKeyIdFile == null) {
                throw new IllegalArgumentException(
                        "sessionTokenFile needs accessKeyIdFile and secretAccessKeyFile beside it");
            }
            if (profile != null && accessKeyIdFile != null) {
                throw new IllegalArgumentException(
                        "profile and accessKeyIdFile are two ways to give credentials: choose one");
            }
        }

        public static Credentials ofFiles(Path accessKeyIdFile, Path secretAccessKeyFile) {
            return new Credentials(null, accessKeyIdFile, secretAccessKeyFile, null);
        }
    }

    /**
     * What the store encrypts with.
     *
     * @param kmsKeyId key id, ARN or alias, only with {@link Kind#KMS}; null there: AWS's own key for S3
     * @param customerKeyFile 32 bytes, or their base64, with {@link Kind#CUSTOMER} and only there; read once
     */
    public record Encryption(
            Kind kind, @Nullable String kmsKeyId, @Nullable Path customerKeyFile) {

        /** The bucket's own default; nothing is asked for. */
        public static final Encryption NONE = new Encryption(Kind.NONE, null, null);

        /** Who holds the key. */
        public enum Kind {
            /** Whatever the bucket does by itself. */
            NONE,
            /** SSE-S3: the store. */
            AES256,
            /** SSE-KMS: AWS's key management. */
            KMS,
            /** SSE-C: we do, and send it with each request. Who loses it loses the archive. */
            CUSTOMER
        }

        public Encryption {
            if (kmsKeyId != null && kind != Kind.KMS) {
                throw wrong("kmsKeyId", kmsKeyId, "left out unless encryption is \"kms\"");
            }
            if (customerKeyFile != null && kind != Kind.CUSTOMER) {
                throw wrong("customerKeyFile", customerKeyFile, "left out unless encryption is \"customer\"");
            }
            if (customerKeyFile == null && kind == Kind.CUSTOMER) {
                throw new IllegalArgumentException("encryption \"customer\" needs customerKeyFile");
            }
        }
    }

    /**
     * How objects are written.
     *
     * @param storageClass such as {@code STANDARD_IA}; null: the bucket's default
     * @param tags of each object, 10 at most
     * @param partSize bytes of a part, at least 5 MiB. An object up to that size is one request; each writer holds one
     *     part in memory. It doubles after each 1,000 parts, up to 16 times that size
     */
    public record Writing(
            @Nullable String storageClass,
            Map<String, String> tags,
            Checksums checksums,
            ConditionalCreate conditionalCreate,
            int partSize) {

        public static final Writing DEFAULT =
                new Writing(null, Map.of(), Checksums.WHEN_REQUIRED, ConditionalCreate.AUTO, 5 * MIB);

        public Writing {
            if (storageClass != null && !storageClass.matches("[A-Z0-9_]+")) {
                throw wrong("storageClass", storageClass, "a storage class such as STANDARD_IA");
            }
            if (storageClass != null && NOT_READABLE_AT_ONCE.contains(storageClass)) {
                throw wrong(
                        "storageClass",
                        storageClass,
                        "one whose objects can be read at once, such as GLACIER_IR: PostgreSQL does not wait for hours");
            }
            tags = Map.copyOf(tags);
            if (tags.size() > 10) {
                throw wrong("tags", tags.size() + " tags", "10 tags at most");
            }
            tags.forEach((key, value) -> {
                if (key.isEmpty() || key.length() > 128 || value.length() > 256) {
                    throw wrong("tags", key + "=" + value, "keys of 1 to 128 and values of at most 256 characters");
                }
            });
            if (partSize < 5 * MIB || partSize > 64 * MIB) {
                throw wrong("partSize", partSize + " bytes", "from 5 MiB to 64 MiB");
            }
        }

        public Writing with(Checksums other) {
            return new Writing(storageClass, tags, other, conditionalCreate, partSize);
        }

        public Writing with(ConditionalCreate other) {
            return new Writing(storageClass, tags, checksums, other, partSize);
        }
    }

    /** When CRC checksums go along with requests, and are checked in answers. */
    public enum Checksums {
        /** Only where the protocol demands them: for stores that do not know the newer headers. */
        WHEN_REQUIRED,
        /** Wherever the protocol has them: the store verifies what it received, we verify what it sends. */
        WHEN_SUPPORTED
    }

    /** How "create, but never replace" is done. */
    public enum ConditionalCreate {
        /** Natively, if a probe shows that the store keeps to it; otherwise emulated, with a warning in the log. */
        AUTO,
        /** By {@code If-None-Match}, unprobed. */
        NATIVE,
        /** Look, then write. Writers of this process wait for each other; one of another process may slip between. */
        EMULATED
    }

    /**
     * How long the store may take. A request that moves bytes may take longer by a second for each 256 KiB of them.
     *
     * @param connect for a connection, TLS included
     * @param request for one try of a request, and for any silence on its connection
     * @param total for a request with all its tries
     * @param attempts how often a request is tried, 1 to 20
     */
    public record Timeouts(Duration connect, Duration request, Duration total, int attempts) {

        /** The total is less than what {@code pgsidecar-wal} waits, so that PostgreSQL's log has the real reason. */
        public static final Timeouts DEFAULT =
                new Timeouts(Duration.ofSeconds(5), Duration.ofSeconds(30), Duration.ofSeconds(100), 5);

        public Timeouts {
            check("connectTimeout", connect);
            check("requestTimeout", request);
            check("timeout", total);
            if (total.compareTo(request) < 0) {
                throw wrong("timeout", total, "at least the requestTimeout, " + request);
            }
            if (attempts < 1 || attempts > 20) {
                throw wrong("attempts", attempts, "from 1 to 20");
            }
        }

        private static void check(String name, Duration value) {
            if (value.compareTo(Duration.ofMillis(1)) < 0 || value.compareTo(Duration.ofHours(1)) > 0) {
                throw wrong(name, value, "from a millisecond to an hour");
            }
        }
    }

    private static boolean isLoopback(String host) {
        return host.equals("localhost") || host.startsWith("127.") || host.equals("[::1]");
    }

    private static IllegalArgumentException wrong(String name, Object value, String right) {
        return new IllegalArgumentException("%s is \"%s\"; it must be %s".formatted(name, value, right));
    }
}
