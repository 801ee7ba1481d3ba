package io.pgsidecar.archive.repository.s3;

import io.pgsidecar.archive.repository.ObjectStoreException;
import org.jspecify.annotations.Nullable;

/** A request that did not succeed, classified, with what the store said. */
final class S3Failure extends ObjectStoreException {

    private static final long serialVersionUID = 1L;

    private final int status;
    private final String code;

    /**
     * @param status of HTTP; 0 if there was no answer
     * @param code of S3; empty if there was none
     */
    S3Failure(Reason reason, String message, int status, String code, @Nullable Throwable cause) {
        super(reason, message, cause);
        this.status = status;
        this.code = code;
    }

    int status() {
        return status;
    }

    String code() {
        return code;
    }

    /** The store knows the request and refuses it: what was asked for has not happened and will not. */
    boolean isDefinite() {
        return reason() != Reason.UNAVAILABLE && status >= 400 && status < 500;
    }

    /** The object is not there, in the store's own word for it: a 404 alone may come from anywhere. */
    boolean saysNoSuchKey() {
        return status == 404 && code.equals("NoSuchKey");
    }

    /** The upload is over or never was; S3Proxy says NoSuchKey of one that was completed. */
    boolean saysNoSuchUpload() {
        return status == 404 && (code.equals("NoSuchUpload") || code.equals("NoSuchKey"));
    }

    /** Somebody else is writing the same key at this moment. */
    boolean saysConflict() {
        return status == 409;
    }

    /** The condition of the request does not hold. Some (S3Mock) say 304 to writes too. */
    boolean saysConditionFailed() {
        return status == 412 || status == 304;
    }

    /** The store does not know such a request, or a header of it. */
    boolean mayMeanUnsupported() {
        return status == 501 || (isDefinite() && reason() == Reason.OTHER && status != 404);
    }
}
