package io.pgsidecar.agent.config;

import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.azure.AzureSettings;
import io.pgsidecar.archive.repository.s3.S3Settings;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** A place where WAL and backups are kept: a folder, an S3 bucket, or an Azure container. */
public record RepositoryConfig(
        @Setting(doc = "What kind of store it is.", byDefault = "filesystem")
        Type type,

        @Setting(
                doc = "Whether WAL counts as archived without it. It then lags, and is caught up in the background.",
                byDefault = "false")
        boolean optional,

        @Setting(doc = "Its folder; for `filesystem`.") Optional<Path> path,

        S3 s3,
        Azure azure) {

    /** The kind of a store. */
    public enum Type {
        FILESYSTEM,
        S3,
        AZURE
    }

    public RepositoryConfig {
        if (type != Type.S3 && s3.bucket().isPresent()) {
            throw new SettingException("type", "must be s3, since s3.bucket is given");
        }
        if (type != Type.AZURE && azure.container().isPresent()) {
            throw new SettingException("type", "must be azure, since azure.container is given");
        }
        if (type != Type.FILESYSTEM && path.isPresent()) {
            throw new SettingException("path", "must be left out: the type is " + ValueType.show(type));
        }
        switch (type) {
            case FILESYSTEM -> SettingException.require("path", path);
            case S3 -> SettingException.require("s3.bucket", s3.bucket());
            case AZURE -> SettingException.require("azure.container", azure.container());
        }
        if (type == Type.S3) {
            checked("s3", s3::settings);
        }
        if (type == Type.AZURE) {
            checked("azure", azure::settings);
        }
    }

    /** What the back end knows to be wrong is said with the other errors, before anything starts. */
    private static void checked(String section, Supplier<?> settings) {
        try {
            Object ignored = settings.get();
        } catch (IllegalArgumentException e) {
            throw new SettingException(section, String.valueOf(e.getMessage()));
        }
    }

    /** A bucket of S3, or of a store that speaks its protocol. */
    public record S3(
            @Setting(doc = "The bucket; it must exist.") Optional<String> bucket,

            @Setting(doc = "The folder in the bucket; left out, its root.")
            Optional<String> prefix,

            @Setting(doc = "The region; left out, the environment's or the profile's.")
            Optional<String> region,

            @Setting(doc = "The URL of a store that is not Amazon's.")
            Optional<String> endpoint,

            @Setting(
                    doc =
                            "Whether the bucket is in the path and not in the host's name; left out, it is so with an endpoint.")
            Optional<Boolean> pathStyle,

            @Setting(doc = "A profile of the shared AWS configuration files.")
            Optional<String> profile,

            @Setting(doc = "A file that holds the access key's id; re-read when it changes. Left out, the SDK's chain.")
            Optional<Path> accessKeyIdFile,

            @Setting(doc = "A file that holds the secret access key; re-read when it changes.")
            Optional<Path> secretAccessKeyFile,

            @Setting(doc = "A file that holds the session token of temporary credentials; re-read when it changes.")
            Optional<Path> sessionTokenFile,

            @Setting(doc = "Certificates (PEM) of the authorities to trust, in place of Java's.")
            Optional<Path> caFile,

            @Setting(doc = "The URL of an HTTP proxy.") Optional<String> proxy,

            @Setting(doc = "Encryption by the store: SSE-S3, SSE-KMS, or SSE-C.", byDefault = "none")
            S3Settings.Encryption.Kind encryption,

            @Setting(doc = "The KMS key; for `kms`. Left out, the account's default key.")
            Optional<String> kmsKeyId,

            @Setting(doc = "A file that holds the 32 bytes of the key, raw or in base64; for `customer`.")
            Optional<Path> customerKeyFile,

            @Setting(doc = "The storage class, as the store names it.")
            Optional<String> storageClass,

            @Setting(doc = "Tags of each object: `team=db,env=prod`.")
            Optional<String> tags,

            @Setting(
                    doc = "When checksum headers are sent: stores that are not Amazon's often refuse them.",
                    byDefault = "when_required")
            S3Settings.Checksums checksums,

            @Setting(
                    doc = "How nothing is overwritten: by If-None-Match, by a look first, or as the store turns out.",
                    byDefault = "auto")
            S3Settings.ConditionalCreate conditionalCreate,

            @Setting(doc = "How long a connect may take.", byDefault = "5s", min = "100ms", max = "1m")
            Duration connectTimeout,

            @Setting(
                    doc =
                            "How long one try of a request may take, and any silence; a second more for each 256 kB moved.",
                    byDefault = "30s",
                    min = "100ms",
                    max = "10m")
            Duration requestTimeout,

            @Setting(
                    doc = "How long a request may take with all its tries.",
                    byDefault = "100s",
                    min = "100ms",
                    max = "30m")
            Duration timeout,

            @Setting(doc = "How often a request is tried.", byDefault = "5", min = "1", max = "20")
            int attempts) {

        public S3 {
            SettingException.requireTogether(
                    "accessKeyIdFile", accessKeyIdFile, "secretAccessKeyFile", secretAccessKeyFile);
            if (sessionTokenFile.isPresent() && accessKeyIdFile.isEmpty()) {
                throw new SettingException("sessionTokenFile", "must be left out: accessKeyIdFile is not given");
            }
            if (profile.isPresent() && accessKeyIdFile.isPresent()) {
                throw new SettingException("profile", "accessKeyIdFile is given too; leave one of the two out");
            }
            if (encryption == S3Settings.Encryption.Kind.CUSTOMER) {
                SettingException.require("customerKeyFile", customerKeyFile);
            } else if (customerKeyFile.isPresent()) {
                throw new SettingException("customerKeyFile", "must be left out: encryption is not customer");
            }
            if (kmsKeyId.isPresent() && encryption != S3Settings.Encryption.Kind.KMS) {
                throw new SettingException("kmsKeyId", "must be left out: encryption is not kms");
            }
            if (timeout.compareTo(requestTimeout) < 0) {
                throw new SettingException(
                        "timeout", "must be at least requestTimeout, which is " + ValueType.show(requestTimeout));
            }
        }

        /**
         * As the back end takes them.
         *
         * @throws IllegalArgumentException if something cannot work; the message names it, and what would be right
         */
        public S3Settings settings() {
            return new S3Settings(
                    bucket.orElseThrow(),
                    prefix.orElse(""),
                    new S3Settings.Connection(
                            endpoint.map(URI::create).orElse(null),
                            region.orElse(null),
                            pathStyle.orElse(null),
                            caFile.orElse(null),
                            proxy.map(URI::create).orElse(null)),
                    new S3Settings.Credentials(
                            profile.orElse(null),
                            accessKeyIdFile.orElse(null),
                            secretAccessKeyFile.orElse(null),
                            sessionTokenFile.orElse(null)),
                    new S3Settings.Encryption(encryption, kmsKeyId.orElse(null), customerKeyFile.orElse(null)),
                    new S3Settings.Writing(
                            storageClass.orElse(null),
                            tags.map(S3::parseTags).orElse(Map.of()),
                            checksums,
                            conditionalCreate,
                            S3Settings.Writing.DEFAULT.partSize()),
                    new S3Settings.Timeouts(connectTimeout, requestTimeout, timeout, attempts));
        }

        private static Map<String, String> parseTags(String text) {
            try {
                return KeyValues.parse(text);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "tags is \"%s\"; it must be like team=db,env=prod, each tag once".formatted(text), e);
            }
        }
    }

    /** A container of Azure Blob Storage. */
    public record Azure(
            @Setting(doc = "The storage account.") Optional<String> account,

            @Setting(doc = "The URL of the blob service, where it is not `https://ACCOUNT.blob.core.windows.net`.")
            Optional<String> endpoint,

            @Setting(doc = "The container; it must exist.") Optional<String> container,

            @Setting(doc = "The folder in the container; left out, its root.")
            Optional<String> prefix,

            @Setting(doc = "A file that holds a key of the account; re-read when it changes.")
            Optional<Path> accountKeyFile,

            @Setting(doc = "A file that holds a SAS token; re-read when it changes.")
            Optional<Path> sasTokenFile,

            @Setting(doc = "A file that holds a connection string; re-read when it changes.")
            Optional<Path> connectionStringFile,

            @Setting(doc = "The identity to log in with, where no file holds a secret.")
            Optional<AzureSettings.Identity> identity,

            @Setting(doc = "The client id of a user-assigned identity.")
            Optional<String> clientId,

            @Setting(doc = "The access tier of what is stored; left out, the account's.")
            Optional<AzureSettings.Tier> accessTier,

            @Setting(doc = "Certificates (PEM) of authorities to trust besides Java's own.")
            Optional<Path> caFile,

            @Setting(doc = "The URL of an HTTP proxy.") Optional<String> proxy,

            @Setting(doc = "How long a connect may take.", byDefault = "5s", min = "100ms", max = "1m")
            Duration connectTimeout,

            @Setting(doc = "How long one try of a request may take.", byDefault = "20s", min = "100ms", max = "10m")
            Duration requestTimeout,

            @Setting(
                    doc = "How long a request may take with all its tries.",
                    byDefault = "1m",
                    min = "100ms",
                    max = "30m")
            Duration timeout,

            @Setting(doc = "How often a request is tried.", byDefault = "4", min = "1", max = "20")
            int attempts) {

        /**
         * As the back end takes them.
         *
         * @throws IllegalArgumentException if something cannot work; the message names it, and what would be right
         */
        public AzureSettings settings() {
            return new AzureSettings(
                    account,
                    endpoint.map(URI::create),
                    container.orElseThrow(),
                    new ObjectKey(prefix.orElse("")),
                    new AzureSettings.Credentials(
                            accountKeyFile, sasTokenFile, connectionStringFile, identity, clientId),
                    accessTier,
                    new AzureSettings.Connection(
                            caFile, proxy.map(URI::create), connectTimeout, requestTimeout, timeout, attempts));
        }
    }
}
