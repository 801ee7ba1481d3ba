package io.pgsidecar.archive.repository.s3;

import io.pgsidecar.archive.repository.ObjectStoreException.Reason;
import io.pgsidecar.archive.repository.s3.CredentialFiles.CredentialsUnreadableException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;

/**
 * The one place where errors of the SDK and of the store become the contract's. The store's code counts before its
 * status: a completed upload may fail with status 200, and many stores answer 400 or 403 for what will pass. Codes: AWS,
 * "Error responses" of the S3 API reference; those of Ceph and MinIO from their sources.
 */
final class S3Errors {

    private static final Set<String> MAY_PASS = Set.of(
            "InternalError",
            "ServiceUnavailable",
            "SlowDown",
            "RequestTimeout",
            "Busy",
            "Throttling",
            "ThrottlingException",
            "RequestThrottled",
            "RequestLimitExceeded",
            "TooManyRequests",
            "OperationAborted",
            "ConditionalRequestConflict",
            "RequestInProgress",
            "IncompleteBody",
            "BadDigest",
            "XAmzContentSHA256Mismatch",
            "QuotaExceeded",
            "XMinioStorageFull",
            "KMS.ThrottlingException",
            "KMS.KMSInternalException");

    private static final Set<Integer> PASSING_STATUS = Set.of(408, 409, 425, 429);

    private static final Map<String, String> DENIED = Map.ofEntries(
            Map.entry("AccessDenied", "check the policy of the user or role, and of the bucket and its key"),
            Map.entry("AllAccessDisabled", "the account or bucket is disabled"),
            Map.entry("AccountProblem", "the account is disabled"),
            Map.entry("InvalidAccessKeyId", "the access key id is not known there"),
            Map.entry(
                    "SignatureDoesNotMatch",
                    "the secret key does not fit the access key id, or a proxy changes requests"),
            Map.entry("ExpiredToken", "the temporary credentials have expired, and nobody has renewed them"),
            Map.entry("ExpiredTokenException", "the temporary credentials have expired, and nobody has renewed them"),
            Map.entry("TokenRefreshRequired", "the temporary credentials have to be renewed"),
            Map.entry("InvalidToken", "the session token is not valid there"),
            Map.entry("InvalidClientTokenId", "the access key id is not known there"),
            Map.entry(
                    "RequestTimeTooSkewed",
                    "the clocks of this machine and of the store differ too much: set this one's"),
            Map.entry("RequestExpired", "the clocks of this machine and of the store differ too much: set this one's"),
            Map.entry("NoSuchBucket", "the bucket does not exist there: create it, or check its name and the endpoint"),
            Map.entry("InvalidBucketName", "the store accepts no such name for a bucket"),
            Map.entry("InvalidObjectState", "the object is in a class that must be restored before it can be read"));

    private static final Map<String, String> HINTS = Map.of(
            "PermanentRedirect",
            "the bucket is in another region: set region",
            "TemporaryRedirect",
            "the bucket is in another region, or has just been made",
            "AuthorizationHeaderMalformed",
            "the region does not fit the bucket: set region",
            "IllegalLocationConstraintException",
            "the region does not fit the bucket: set region",
            "NotImplemented",
            "the store does not know this request, or a header of it",
            "InvalidStorageClass",
            "check storageClass",
            "EntityTooLarge",
            "the store takes no object or part of that size");

    private final String place;
    private final String bucket;

    /** @param place the endpoint or region, for messages */
    S3Errors(String place, String bucket) {
        this.place = place;
        this.bucket = bucket;
    }

    /** @param doing what failed, as in "cannot read" */
    S3Failure translate(String doing, @Nullable String key, Throwable e) {
        String what = "%s s3://%s%s at %s: ".formatted(doing, bucket, key == null ? "" : "/" + key, place);
        return e instanceof AwsServiceException answer ? ofAnswer(what, answer) : ofClient(what, e);
    }

    /** The answer was a success and yet cannot be one of an S3 store. */
    S3Failure notAnAnswer(String doing, @Nullable String key, String why) {
        return new S3Failure(
                Reason.OTHER,
                "%s s3://%s%s at %s: the answer is not one of an S3 store: %s; check the endpoint"
                        .formatted(doing, bucket, key == null ? "" : "/" + key, place, why),
                200,
                "",
                null);
    }

    private static S3Failure ofAnswer(String what, AwsServiceException e) {
        @Nullable AwsErrorDetails details = e.awsErrorDetails();
        String code = details == null ? "" : Objects.requireNonNullElse(details.errorCode(), "");
        String said = details == null ? "" : Objects.requireNonNullElse(details.errorMessage(), "");
        int status = e.statusCode();
        StringBuilder message = new StringBuilder(what).append(status);
        if (!code.isEmpty()) {
            message.append(' ').append(code);
        }
        if (!said.isBlank()) {
            message.append(" \"").append(said.strip()).append('"');
        }
        if (e.requestId() != null) {
            message.append(" (request id ").append(e.requestId()).append(')');
        }
        hint(status, code, e).ifPresent(hint -> message.append("; ").append(hint));
        return new S3Failure(reason(status, code), message.toString(), status, code, e);
    }

    /** What a status and a code mean for the caller. */
    static Reason reason(int status, String code) {
        if (MAY_PASS.contains(code)) {
            return Reason.UNAVAILABLE;
        }
        if (DENIED.containsKey(code) || code.startsWith("KMS.")) {
            return Reason.DENIED;
        }
        if (status == 401 || status == 403) {
            return Reason.DENIED;
        }
        return PASSING_STATUS.contains(status) || (status >= 500 && status != 501) ? Reason.UNAVAILABLE : Reason.OTHER;
    }

    private static Optional<String> hint(int status, String code, AwsServiceException e) {
        if (status == 301 || code.equals("PermanentRedirect")) {
            return Optional.of(region(e)
                    .map(r -> "the bucket is in region " + r + ": set region")
                    .orElse("the bucket is in another region: set region"));
        }
        String hint = DENIED.get(code) == null ? HINTS.get(code) : DENIED.get(code);
        if (hint == null && code.startsWith("KMS.")) {
            hint = "check kmsKeyId, that the key is enabled, and the right to use it";
        }
        if (hint == null && status == 403) {
            hint = DENIED.get("AccessDenied");
        }
        if (hint == null
                && code.equals("InvalidRequest")
                && String.valueOf(e.getMessage()).contains("Object Lock")) {
            hint = "a bucket with object lock needs checksums: when_supported";
        }
        return Optional.ofNullable(hint);
    }

    private static Optional<String> region(AwsServiceException e) {
        return e.awsErrorDetails() == null || e.awsErrorDetails().sdkHttpResponse() == null
                ? Optional.empty()
                : e.awsErrorDetails().sdkHttpResponse().firstMatchingHeader("x-amz-bucket-region");
    }

    private static S3Failure ofClient(String what, Throwable e) {
        @Nullable CredentialsUnreadableException unreadable = find(e, CredentialsUnreadableException.class);
        if (unreadable != null) {
            return new S3Failure(Reason.DENIED, what + unreadable.getMessage(), 0, "", e);
        }
        String words = words(e);
        String lower = words.toLowerCase(Locale.ROOT);
        if (lower.contains("unable to load credentials") || lower.contains("profile file contained no credentials")) {
            return new S3Failure(
                    Reason.DENIED,
                    what + "no credentials found: " + words + "; give files, a profile, or a role to the pod",
                    0,
                    "",
                    e);
        }
        // Which of the three strikes first is chance: they have nearly the same bound.
        if (find(e, ApiCallTimeoutException.class) != null
                || find(e, ApiCallAttemptTimeoutException.class) != null
                || find(e, SocketTimeoutException.class) != null) {
            return new S3Failure(Reason.UNAVAILABLE, what + "no answer in time: " + words, 0, "", e);
        }
        if (find(e, UnknownHostException.class) != null) {
            return new S3Failure(
                    Reason.UNAVAILABLE, what + "the host is not known: check endpoint and region: " + words, 0, "", e);
        }
        @Nullable SSLException tls = find(e, SSLException.class);
        if (tls != null) {
            return new S3Failure(
                    Reason.UNAVAILABLE, what + "no TLS: " + words(tls) + "; check caFile and endpoint", 0, "", e);
        }
        boolean mayPass = find(e, IOException.class) != null
                || find(e, AbortedException.class) != null
                || find(e, InterruptedException.class) != null;
        return new S3Failure(mayPass ? Reason.UNAVAILABLE : Reason.OTHER, what + words, 0, "", e);
    }

    private static <T extends Throwable> @Nullable T find(Throwable e, Class<T> type) {
        int depth = 0;
        for (Throwable t = e; t != null && depth < 20; t = t.getCause(), depth++) {
            if (type.isInstance(t)) {
                return type.cast(t);
            }
        }
        return null;
    }

    /** The innermost words, where the real reason is. */
    private static String words(Throwable e) {
        Throwable t = e;
        for (int depth = 0; t.getCause() != null && depth < 20; depth++) {
            t = t.getCause();
        }
        String own = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        String inner = t.getMessage() == null ? t.getClass().getSimpleName() : t.getMessage();
        return own.contains(inner) ? own : own + ": " + inner;
    }
}
