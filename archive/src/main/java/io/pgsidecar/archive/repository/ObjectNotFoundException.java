package io.pgsidecar.archive.repository;

import org.jspecify.annotations.Nullable;

/** The store was asked, and has no object of that name. */
public final class ObjectNotFoundException extends ObjectStoreException {

    private static final long serialVersionUID = 1L;

    public ObjectNotFoundException(ObjectKey key, @Nullable Throwable cause) {
        super(Reason.NOT_FOUND, "no object " + key, cause);
    }
}
