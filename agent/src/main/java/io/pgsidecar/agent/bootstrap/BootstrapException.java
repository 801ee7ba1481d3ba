package io.pgsidecar.agent.bootstrap;

import io.pgsidecar.agent.ExitCode;

/** PostgreSQL must not start; with the reason, and what to do about it. */
public final class BootstrapException extends Exception {

    private static final long serialVersionUID = 1L;

    private final ExitCode exit;
    private final String hint;

    BootstrapException(ExitCode exit, String message, String hint) {
        super(message);
        this.exit = exit;
        this.hint = hint;
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
