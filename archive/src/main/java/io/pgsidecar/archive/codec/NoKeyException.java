package io.pgsidecar.archive.codec;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * An encrypted object cannot be opened with the keys at hand. That says nothing about the object: it may be sound, and
 * whoever has the right key reads it.
 */
public final class NoKeyException extends IOException {

    private static final long serialVersionUID = 1L;

    private final String hint;

    public NoKeyException(String message, String hint, @Nullable Throwable cause) {
        super(message, cause);
        this.hint = hint;
    }

    /** What a person can do about it. */
    public String hint() {
        return hint;
    }
}
