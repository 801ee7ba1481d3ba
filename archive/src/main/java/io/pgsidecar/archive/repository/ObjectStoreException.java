package io.pgsidecar.archive.repository;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** What a store refused or could not do. Back ends translate their own errors into it once, at their edge. */
public class ObjectStoreException extends IOException {

    private static final long serialVersionUID = 1L;

    /** What a caller can do about it. */
    public enum Reason {
        /** There is no such object: proven, not guessed. */
        NOT_FOUND,
        /** An object has the name already. */
        EXISTS,
        /** It may work later: the store is away, slow, throttling or full. */
        UNAVAILABLE,
        /** It will not work before somebody changes credentials or rights. */
        DENIED,
        /** Anything else: a defect, or a store that breaks its protocol. */
        OTHER
    }

    private final Reason reason;

    public ObjectStoreException(Reason reason, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
