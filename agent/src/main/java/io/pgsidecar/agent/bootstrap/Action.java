package io.pgsidecar.agent.bootstrap;

import io.pgsidecar.agent.ExitCode;

/** What is to be done with the data directory. */
sealed interface Action {

    /** Nothing: PostgreSQL may start on it. */
    record Start(String why) implements Action {}

    /** Nothing: the image's initdb makes a new cluster. */
    record LeaveEmpty(String why) implements Action {}

    /** A new cluster is made of another one's backup, and recovers to the configured target. */
    record Copy(String why) implements Action {}

    /** A replica is made of the repository. */
    record BuildStandby(String why) implements Action {}

    /** A server is made of the repository that recovers to the end of the WAL and becomes the primary. */
    record Recover(String why) implements Action {}

    /** What was a primary becomes a replica, as it is. */
    record Follow(String why) implements Action {}

    /** What is there is given up, and a replica is made of the repository. */
    record Rebuild(String why) implements Action {}

    /** Another look in a while; at the end of the patience it is refused. */
    record Wait(ExitCode exit, String message, String hint) implements Action {}

    /** PostgreSQL must not start. */
    record Refuse(ExitCode exit, String message, String hint) implements Action {}
}
