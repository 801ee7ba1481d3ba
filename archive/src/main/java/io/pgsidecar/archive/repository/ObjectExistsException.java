package io.pgsidecar.archive.repository;

import org.jspecify.annotations.Nullable;

/** An object has the name already, and was left as it is. */
public final class ObjectExistsException extends ObjectStoreException {

    private static final long serialVersionUID = 1L;

    public ObjectExistsException(ObjectKey key, @Nullable Throwable cause) {
        super(Reason.EXISTS, "object exists: " + key, cause);
    }
}
