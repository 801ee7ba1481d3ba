package io.pgsidecar.agent.command;

import java.io.IOException;

/** No agent answers on the control socket; the message names it. */
public final class NoAgentException extends IOException {

    private static final long serialVersionUID = 1L;

    NoAgentException(String message, Throwable cause) {
        super(message, cause);
    }
}
