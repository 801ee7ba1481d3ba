package io.pgsidecar.archive.repository.s3;

import io.pgsidecar.archive.repository.s3.S3Settings.Encryption;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.model.ChecksumMode;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.ServerSideEncryption;
import software.amazon.awssdk.services.s3.model.Tag;
import software.amazon.awssdk.services.s3.model.Tagging;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;

/** What the settings add to each kind of request: encryption, storage class, tags, and who wrote the object. */
final class RequestAttributes {

    /** Of the metadata: which write an object comes from. An answer that got lost can be made good by it. */
    static final String WRITE_ID = "pgsidecar-write";

    private static final int KEY_BYTES = 32;

    /** A key of our own, as the headers have it. */
    private record CustomerKey(String key, String md5) {}

    private final S3Settings settings;
    private final @Nullable CustomerKey customerKey;

    /** @throws IllegalArgumentException if the file of the customer's key holds none */
    RequestAttributes(S3Settings settings) {
        this.settings = settings;
        Path file = settings.encryption().customerKeyFile();
        this.customerKey = file == null ? null : read(file);
    }

    PutObjectRequest.Builder put(PutObjectRequest.Builder request, String writeId) {
        request.metadata(Map.of(WRITE_ID, writeId))
                .storageClass(settings.writing().storageClass());
        @Nullable Tagging tagging = tagging();
        if (tagging != null) {
            request.tagging(tagging);
        }
        @Nullable ServerSideEncryption encryption = storesEncryption();
        if (encryption != null) {
            request.serverSideEncryption(encryption)
                    .ssekmsKeyId(settings.encryption().kmsKeyId());
        }
        encrypt(request::sseCustomerAlgorithm, request::sseCustomerKey, request::sseCustomerKeyMD5);
        return request;
    }

    CreateMultipartUploadRequest.Builder begin(CreateMultipartUploadRequest.Builder request, String writeId) {
        request.metadata(Map.of(WRITE_ID, writeId))
                .storageClass(settings.writing().storageClass());
        if (settings.writing().checksums() == S3Settings.Checksums.WHEN_SUPPORTED) {
            request.checksumAlgorithm(ChecksumAlgorithm.CRC32);
        }
        @Nullable Tagging tagging = tagging();
        if (tagging != null) {
            request.tagging(tagging);
        }
        @Nullable ServerSideEncryption encryption = storesEncryption();
        if (encryption != null) {
            request.serverSideEncryption(encryption)
                    .ssekmsKeyId(settings.encryption().kmsKeyId());
        }
        encrypt(request::sseCustomerAlgorithm, request::sseCustomerKey, request::sseCustomerKeyMD5);
        return request;
    }

    UploadPartRequest.Builder part(UploadPartRequest.Builder request) {
        encrypt(request::sseCustomerAlgorithm, request::sseCustomerKey, request::sseCustomerKeyMD5);
        return request;
    }

    CompleteMultipartUploadRequest.Builder complete(CompleteMultipartUploadRequest.Builder request) {
        encrypt(request::sseCustomerAlgorithm, request::sseCustomerKey, request::sseCustomerKeyMD5);
        return request;
    }

    GetObjectRequest.Builder get(GetObjectRequest.Builder request) {
        if (settings.writing().checksums() == S3Settings.Checksums.WHEN_SUPPORTED) {
            request.checksumMode(ChecksumMode.ENABLED);
        }
        encrypt(request::sseCustomerAlgorithm, request::sseCustomerKey, request::sseCustomerKeyMD5);
        return request;
    }

    HeadObjectRequest.Builder head(HeadObjectRequest.Builder request) {
        encrypt(request::sseCustomerAlgorithm, request::sseCustomerKey, request::sseCustomerKeyMD5);
        return request;
    }

    /** The builders have the same three setters, and nothing in common that has them. */
    private void encrypt(Function<String, ?> algorithm, Function<String, ?> key, Function<String, ?> md5) {
        if (customerKey != null) {
            Object ignored = algorithm.apply("AES256");
            ignored = key.apply(customerKey.key());
            ignored = md5.apply(customerKey.md5());
        }
    }

    private @Nullable Tagging tagging() {
        Map<String, String> tags = settings.writing().tags();
        return tags.isEmpty()
                ? null
                : Tagging.builder()
                        .tagSet(tags.entrySet().stream()
                                .sorted(Map.Entry.comparingByKey())
                                .map(t -> Tag.builder()
                                        .key(t.getKey())
                                        .value(t.getValue())
                                        .build())
                                .toList())
                        .build();
    }

    private @Nullable ServerSideEncryption storesEncryption() {
        return switch (settings.encryption().kind()) {
            case NONE, CUSTOMER -> null;
            case AES256 -> ServerSideEncryption.AES256;
            case KMS -> ServerSideEncryption.AWS_KMS;
        };
    }

    private static CustomerKey read(Path file) {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(file);
        } catch (IOException e) {
            throw new IllegalArgumentException("customerKeyFile %s cannot be read: %s".formatted(file, e), e);
        }
        byte[] key = bytes.length == KEY_BYTES ? bytes : decode(file, bytes);
        if (key.length != KEY_BYTES) {
            throw new IllegalArgumentException(
                    "customerKeyFile %s holds a key of %d bytes; it must be 32 bytes, or their base64"
                            .formatted(file, key.length));
        }
        try {
            return new CustomerKey(
                    Base64.getEncoder().encodeToString(key),
                    Base64.getEncoder()
                            .encodeToString(MessageDigest.getInstance("MD5").digest(key)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalArgumentException(
                    "encryption \"%s\" needs MD5, which this JVM does not have".formatted(Encryption.Kind.CUSTOMER), e);
        }
    }

    private static byte[] decode(Path file, byte[] text) {
        try {
            return Base64.getDecoder().decode(new String(text, StandardCharsets.ISO_8859_1).strip());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "customerKeyFile %s is neither 32 bytes long nor base64".formatted(file), e);
        }
    }
}
