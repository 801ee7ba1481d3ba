package io.pgsidecar.probes;

/** How the server answers, classified by its own answer to a connection and never by the text of a message. */
public enum Availability {
    /** It answers queries. */
    ACCEPTING,
    /** It is up and says "not yet" (57P03): starting, in crash recovery, a standby that is not consistent yet. */
    STARTING,
    /** It is up and says "no more" (57P03, and {@code postmaster.pid} says stopping). */
    STOPPING,
    /** It is up and has no connection left for us (53300). */
    FULL,
    /** It is up and refuses our login (class 28, 3D000): our trouble, not the server's. */
    LOGIN_REFUSED,
    /** It answers each login with an error of its own, or closes the connection without a word. */
    FAILING,
    /** Nothing listens. */
    NO_SERVER,
    /** Something listens and does not answer in time. */
    NO_ANSWER,
    /** Nobody has looked yet. */
    UNKNOWN;

    /** Whether the server has answered, whatever it said. */
    public boolean answers() {
        return switch (this) {
            case ACCEPTING, STARTING, STOPPING, FULL, LOGIN_REFUSED, FAILING -> true;
            case NO_SERVER, NO_ANSWER, UNKNOWN -> false;
        };
    }
}
