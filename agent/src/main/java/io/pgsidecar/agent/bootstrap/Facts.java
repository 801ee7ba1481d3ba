package io.pgsidecar.agent.bootstrap;

/**
 * All that is found.
 *
 * @param directory the data directory, for messages
 * @param begins whether this pod may begin a cluster
 */
record Facts(String directory, LocalData data, Archived archived, OtherServer other, Begins begins) {

    /** Whether this pod may begin a cluster. */
    enum Begins {
        YES,
        NO,
        /** The pod's name has no ordinal, and the configuration does not say. */
        UNKNOWN
    }
}
