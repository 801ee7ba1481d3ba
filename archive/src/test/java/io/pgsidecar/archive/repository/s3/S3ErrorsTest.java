package io.pgsidecar.archive.repository.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.archive.repository.ObjectStoreException.Reason;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.s3.model.S3Exception;

class S3ErrorsTest {

    private final S3Errors errors = new S3Errors("https://s3.example.com", "wal");

    @ParameterizedTest
    @CsvSource({
        "400, ExpiredToken, DENIED",
        "400, InvalidToken, DENIED",
        "400, TokenRefreshRequired, DENIED",
        "400, RequestTimeout, UNAVAILABLE",
        "400, BadDigest, UNAVAILABLE",
        "400, IncompleteBody, UNAVAILABLE",
        "400, InvalidArgument, OTHER",
        "400, AuthorizationHeaderMalformed, OTHER",
        "400, KMS.DisabledException, DENIED",
        "400, KMS.ThrottlingException, UNAVAILABLE",
        "401, '', DENIED",
        "403, '', DENIED",
        "403, AccessDenied, DENIED",
        "403, InvalidAccessKeyId, DENIED",
        "403, SignatureDoesNotMatch, DENIED",
        "403, RequestTimeTooSkewed, DENIED",
        "403, InvalidObjectState, DENIED",
        "403, QuotaExceeded, UNAVAILABLE",
        "404, NoSuchBucket, DENIED",
        "404, NoSuchKey, OTHER",
        "404, '', OTHER",
        "408, '', UNAVAILABLE",
        "409, OperationAborted, UNAVAILABLE",
        "409, ConditionalRequestConflict, UNAVAILABLE",
        "412, PreconditionFailed, OTHER",
        "429, '', UNAVAILABLE",
        "200, InternalError, UNAVAILABLE",
        "200, SlowDown, UNAVAILABLE",
        "500, InternalError, UNAVAILABLE",
        "501, NotImplemented, OTHER",
        "502, '', UNAVAILABLE",
        "503, SlowDown, UNAVAILABLE",
        "504, '', UNAVAILABLE",
        "507, XMinioStorageFull, UNAVAILABLE"
    })
    void anAnswerIsClassified(int status, String code, Reason reason) {
        S3Failure failure = errors.translate("cannot read", "k", answer(status, code, "words"));
        assertThat(failure.reason()).isEqualTo(reason);
        assertThat(failure.status()).isEqualTo(status);
        assertThat(failure.code()).isEqualTo(code);
    }

    @Test
    void theMessageHasAllThatASupportRequestNeeds() {
        assertThat(errors.translate("cannot read", "main/wals/x", answer(403, "AccessDenied", "Access Denied")))
                .hasMessage("cannot read s3://wal/main/wals/x at https://s3.example.com: 403 AccessDenied"
                        + " \"Access Denied\" (request id R1); check the policy of the user or role, and of the bucket"
                        + " and its key");
    }

    @ParameterizedTest
    @CsvSource({
        "RequestTimeTooSkewed, clocks",
        "ExpiredToken, expired",
        "NoSuchBucket, create it",
        "AuthorizationHeaderMalformed, set region",
        "PermanentRedirect, set region",
        "KMS.DisabledException, kmsKeyId",
        "InvalidStorageClass, storageClass"
    })
    void theMessageSaysWhatWouldBeRight(String code, String hint) {
        assertThat(errors.translate("cannot write", null, answer(400, code, "")))
                .hasMessageContaining(hint);
    }

    @Test
    void withoutAnAnswerItMayPass() {
        for (Exception e : new Exception[] {
            new SocketTimeoutException("Read timed out"),
            new UnknownHostException("s3.example.com"),
            new SSLHandshakeException("PKIX path building failed"),
            new IOException("Connection reset")
        }) {
            S3Failure failure = errors.translate(
                    "cannot read",
                    "k",
                    SdkClientException.create("Unable to execute HTTP request: " + e.getMessage(), e));
            assertThat(failure.reason()).as(e.toString()).isEqualTo(Reason.UNAVAILABLE);
            assertThat(failure).hasMessageContaining(e.getMessage());
        }
        assertThat(errors.translate("cannot read", "k", ApiCallTimeoutException.create(100)))
                .hasMessageContaining("no answer in time")
                .extracting(S3Failure::reason)
                .isEqualTo(Reason.UNAVAILABLE);
    }

    @Test
    void whatNobodyForesawIsNeverAbsence() {
        assertThat(errors.translate("cannot read", "k", new IllegalStateException("Connection pool shut down"))
                        .reason())
                .isEqualTo(Reason.OTHER);
    }

    @Test
    void missingCredentialsAreNamed() {
        assertThat(errors.translate(
                        "cannot read",
                        "k",
                        SdkClientException.create("Unable to load credentials from any of the providers")))
                .hasMessageContaining("no credentials found")
                .extracting(S3Failure::reason)
                .isEqualTo(Reason.DENIED);
    }

    private static S3Exception answer(int status, String code, String message) {
        return (S3Exception) S3Exception.builder()
                .statusCode(status)
                .requestId("R1")
                .awsErrorDetails(AwsErrorDetails.builder()
                        .errorCode(code)
                        .errorMessage(message)
                        .build())
                .build();
    }
}
