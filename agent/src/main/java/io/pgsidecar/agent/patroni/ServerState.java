package io.pgsidecar.agent.patroni;

import java.util.Locale;

/** What Patroni calls the state of a server. */
public enum ServerState {
    RUNNING,
    STARTING,
    STOPPING,
    STOPPED,
    /** Patroni's word for a server that does not answer. */
    UNKNOWN;

    String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
