package io.pgsidecar.archive.repository.azure;

import com.azure.core.exception.ClientAuthenticationException;
import com.azure.core.exception.HttpResponseException;
import com.azure.core.http.HttpHeaderName;
import com.azure.core.http.HttpResponse;
import com.azure.storage.blob.models.BlobStorageException;
import io.pgsidecar.archive.repository.ObjectExistsException;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectNotFoundException;
import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.ObjectStoreException.Reason;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The one place where the SDK's errors become the store's. What the service says is taken from its error code, since
 * one status stands for things as different as "no such blob" and "no such container".
 *
 * @see <a href="https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes">Blob service error
 *     codes</a>
 */
final class AzureErrors {

    private static final HttpHeaderName REQUEST_ID = HttpHeaderName.fromString("x-ms-request-id");
    private static final HttpHeaderName ERROR_CODE = HttpHeaderName.fromString("x-ms-error-code");

    /** A policy protects only what is there, and whether it speaks before the condition is not documented. */
    private static final Set<String> REFUSED_CREATES =
            Set.of("BlobAlreadyExists", "ConditionNotMet", "TargetConditionNotMet", "BlobImmutableDueToPolicy");

    private AzureErrors() {}

    /** Whether the same request may be answered otherwise a little later. */
    static boolean mayPass(int status) {
        return status == 408 || status == 429 || (status >= 500 && status != 501 && status != 505);
    }

    /**
     * What an answer that refuses means.
     *
     * @param code of the service; empty if the answer has none, and then comes from somebody else
     */
    static Reason reason(Operation operation, int status, String code) {
        if (operation == Operation.CREATE && REFUSED_CREATES.contains(code)) {
            return Reason.EXISTS;
        }
        return switch (code) {
            case "BlobNotFound" -> status == 404 ? Reason.NOT_FOUND : Reason.OTHER;
            case "ConditionNotMet", "InvalidBlockList", "Md5Mismatch", "ContainerBeingDeleted", "AccountBeingCreated" ->
                Reason.UNAVAILABLE;
            case "BlobImmutableDueToPolicy", "LeaseIdMissing", "InvalidAuthenticationInfo" -> Reason.DENIED;
            default ->
                switch (status) {
                    case 401, 403, 407 -> Reason.DENIED;
                    default -> mayPass(status) ? Reason.UNAVAILABLE : Reason.OTHER;
                };
        };
    }

    /**
     * The store's error for one of the SDK's.
     *
     * @param key the object that it was about, if it was about one
     * @param container its address
     */
    static ObjectStoreException translate(
            Operation operation, @Nullable ObjectKey key, String container, Throwable thrown) {
        String what = operation.failed() + " " + (key == null ? container : key + " in " + container);
        for (Throwable e = thrown; e != null; e = e.getCause()) {
            switch (e) {
                case ObjectStoreException already -> {
                    return already;
                }
                case BlobStorageException answered -> {
                    return answered(operation, what, key, answered);
                }
                case InterruptedException interrupted -> {
                    Thread.currentThread().interrupt();
                    return unavailable(what, "interrupted", interrupted);
                }
                case IOException io -> {
                    return unavailable(what, words(io), io);
                }
                case TimeoutException late -> {
                    return unavailable(what, "no answer within the time-out", late);
                }
                case ClientAuthenticationException refused -> {
                    return identity(what, refused);
                }
                // What Reactor throws where Java has TimeoutException.
                case IllegalStateException late
                when words(late).startsWith("Timeout on blocking read") -> {
                    return unavailable(what, "no answer within the time-out", late);
                }
                case HttpResponseException answered -> {
                    return answered(operation, what, key, answered);
                }
                default -> {}
            }
        }
        return new ObjectStoreException(
                Reason.OTHER, "%s: the answer cannot be understood: %s".formatted(what, words(thrown)), thrown);
    }

    /** The service's error code; empty if there is none. */
    static String code(HttpResponseException e) {
        HttpResponse response = e.getResponse();
        String code = response == null ? null : response.getHeaderValue(ERROR_CODE);
        return code == null ? "" : code;
    }

    private static ObjectStoreException answered(
            Operation operation, String what, @Nullable ObjectKey key, HttpResponseException e) {
        HttpResponse response = e.getResponse();
        int status = response == null ? 0 : response.getStatusCode();
        String code = code(e);
        Reason reason = reason(operation, status, code);
        // Without the SDK's exception: it holds the whole answer, which repeats what was signed.
        if (key != null && reason == Reason.NOT_FOUND) {
            return new ObjectNotFoundException(key, null);
        }
        if (operation == Operation.READ && status == 416) {
            return new UnsatisfiableRangeException(what);
        }
        if (key != null && reason == Reason.EXISTS) {
            return new ObjectExistsException(key, null);
        }
        String id = response == null ? null : response.getHeaderValue(REQUEST_ID);
        return new ObjectStoreException(
                reason,
                "%s: %d %s%s%s"
                        .formatted(
                                what,
                                status,
                                code.isEmpty() ? "without an error code of the blob service" : code,
                                AzureHints.hint(status, code),
                                id == null ? "" : " (request " + id + ")"),
                null);
    }

    private static ObjectStoreException identity(String what, ClientAuthenticationException e) {
        HttpResponse response = e.getResponse();
        boolean passes = response != null && mayPass(response.getStatusCode());
        for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
            passes |= cause instanceof IOException || cause instanceof TimeoutException;
        }
        return new ObjectStoreException(
                passes ? Reason.UNAVAILABLE : Reason.DENIED,
                "%s: no token for the identity: %s".formatted(what, words(e)),
                e);
    }

    private static ObjectStoreException unavailable(String what, String words, Throwable cause) {
        return new ObjectStoreException(Reason.UNAVAILABLE, "%s: %s".formatted(what, words), cause);
    }

    private static String words(Throwable e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }
}
