package io.pgsidecar.agent.promotion;

import io.pgsidecar.agent.ExitCode;
import org.jspecify.annotations.Nullable;

/** The instance was not promoted; with what to do about it. */
public final class PromotionException extends Exception {

    private static final long serialVersionUID = 1L;

    private final ExitCode exit;
    private final String hint;

    PromotionException(ExitCode exit, String message, String hint) {
        this(exit, message, hint, null);
    }

    PromotionException(ExitCode exit, String message, String hint, @Nullable Throwable cause) {
        super(message, cause);
        this.exit = exit;
        this.hint = hint;
    }

    public ExitCode exit() {
        return exit;
    }

    public String hint() {
        return hint;
    }

    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
