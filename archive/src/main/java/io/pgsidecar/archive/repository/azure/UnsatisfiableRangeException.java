package io.pgsidecar.archive.repository.azure;

import io.pgsidecar.archive.repository.ObjectStoreException;

/** A read begins at the end of a blob or behind it. */
final class UnsatisfiableRangeException extends ObjectStoreException {

    private static final long serialVersionUID = 1L;

    UnsatisfiableRangeException(String message) {
        super(Reason.OTHER, message, null);
    }
}
