package io.pgsidecar.archive.repository.azure;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.ObjectStoreException.Reason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.net.http.HttpTimeoutException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class AzureErrorsTest {

    @ParameterizedTest
    @CsvSource(nullValues = "-", textBlock = """
            # Absent is only what the service says is absent, and of a blob.
            READ,    404, BlobNotFound,                    NOT_FOUND
            DELETE,  404, BlobNotFound,                    NOT_FOUND
            READ,    404, '',                              OTHER
            READ,    404, ContainerNotFound,               OTHER
            LIST,    404, ContainerNotFound,               OTHER
            DELETE,  404, ContainerNotFound,               OTHER
            READ,    404, ResourceNotFound,                OTHER
            READ,    200, BlobNotFound,                    OTHER
            CREATE,  404, ContainerNotFound,               OTHER

            CREATE,  409, BlobAlreadyExists,               EXISTS
            CREATE,  412, ConditionNotMet,                 EXISTS
            CREATE,  412, TargetConditionNotMet,           EXISTS
            CREATE,  409, BlobImmutableDueToPolicy,        EXISTS
            CREATE,  409, '',                              OTHER
            CREATE,  412, '',                              OTHER
            CREATE,  412, LeaseIdMissing,                  DENIED
            CREATE,  409, SnapshotsPresent,                OTHER
            REPLACE, 409, BlobImmutableDueToPolicy,        DENIED
            REPLACE, 409, BlobAlreadyExists,               OTHER
            DELETE,  409, BlobImmutableDueToPolicy,        DENIED
            READ,    412, ConditionNotMet,                 UNAVAILABLE

            CREATE,  400, InvalidBlockList,                UNAVAILABLE
            REPLACE, 400, InvalidBlockList,                UNAVAILABLE
            CREATE,  400, Md5Mismatch,                     UNAVAILABLE
            CREATE,  409, ContainerBeingDeleted,           UNAVAILABLE
            READ,    409, ContainerBeingDeleted,           UNAVAILABLE
            READ,    409, BlobArchived,                    OTHER

            READ,    401, NoAuthenticationInformation,     DENIED
            READ,    403, AuthenticationFailed,            DENIED
            READ,    403, AuthorizationPermissionMismatch, DENIED
            READ,    403, AuthorizationFailure,            DENIED
            READ,    403, AccountIsDisabled,               DENIED
            READ,    403, '',                              DENIED
            READ,    407, '',                              DENIED
            READ,    400, InvalidAuthenticationInfo,       DENIED

            READ,    408, '',                              UNAVAILABLE
            READ,    429, '',                              UNAVAILABLE
            READ,    500, InternalError,                   UNAVAILABLE
            READ,    500, OperationTimedOut,               UNAVAILABLE
            READ,    502, '',                              UNAVAILABLE
            READ,    503, ServerBusy,                      UNAVAILABLE
            READ,    504, '',                              UNAVAILABLE
            READ,    501, '',                              OTHER
            READ,    505, '',                              OTHER
            READ,    400, InvalidHeaderValue,              OTHER
            CREATE,  413, RequestBodyTooLarge,             OTHER
            READ,    302, '',                              OTHER
            """)
    void anAnswerMeans(Operation operation, int status, String code, Reason reason) {
        assertThat(AzureErrors.reason(operation, status, code)).isEqualTo(reason);
    }

    @Test
    void noAnswerIsUnavailableHoweverItIsWrapped() {
        for (Throwable cause : new Throwable[] {
            new ConnectException("refused"),
            new UnknownHostException("host"),
            new HttpTimeoutException("request timed out"),
            new IOException("EOF"),
            new TimeoutException(),
            new IllegalStateException("Timeout on blocking read for 1000000 NANOSECONDS")
        }) {
            for (Throwable wrapped : new Throwable[] {
                cause,
                new RuntimeException(cause),
                new CompletionException(new RuntimeException(new ExecutionException(cause))),
                cause instanceof IOException io ? new UncheckedIOException(io) : new RuntimeException(cause)
            }) {
                assertThat(translate(Operation.READ, wrapped).reason()).isEqualTo(Reason.UNAVAILABLE);
            }
        }
    }

    @Test
    void anInterruptStaysWithTheThread() {
        try {
            assertThat(translate(Operation.CREATE, new RuntimeException(new InterruptedException()))
                            .reason())
                    .isEqualTo(Reason.UNAVAILABLE);
            assertThat(Thread.currentThread().isInterrupted()).isTrue();
        } finally {
            Thread.interrupted();
        }
    }

    @ParameterizedTest
    @EnumSource
    void whateverElseIsThrownIsOther(Operation operation) {
        ObjectStoreException e = translate(operation, new IllegalStateException("no XML"));
        assertThat(e.reason()).isEqualTo(Reason.OTHER);
        assertThat(e).hasMessage("%s https://x/c: the answer cannot be understood: no XML", operation.failed());
    }

    private static ObjectStoreException translate(Operation operation, Throwable thrown) {
        return AzureErrors.translate(operation, null, "https://x/c", thrown);
    }
}
