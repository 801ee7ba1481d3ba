package io.pgsidecar.agent;

import org.jspecify.annotations.Nullable;

/** What was asked for is not done; with the reason, what it exits with, and what to do about it. */
public final class RefusedException extends Exception {

    private static final long serialVersionUID = 1L;

    private final ExitCode exit;
    private final String hint;

    /** @param hint what would mend it; empty if nobody knows */
    public RefusedException(ExitCode exit, String message, String hint) {
        this(exit, message, hint, null);
    }

    /** @param hint what would mend it; empty if nobody knows */
    public RefusedException(ExitCode exit, String message, String hint, @Nullable Throwable cause) {
        super(message, cause);
        this.exit = exit;
        this.hint = hint.strip();
    }

    public ExitCode exit() {
        return exit;
    }

    /** What would mend it; empty if nobody knows. */
    public String hint() {
        return hint;
    }

    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
