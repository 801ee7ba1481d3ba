package io.pgsidecar.agent;

import io.pgsidecar.agent.pod.Pod;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Both containers of a pod are told to stop at the same moment, where the agent is no native sidecar. */
final class StoppedTogether {

    private StoppedTogether() {}

    /**
     * Tells both. PostgreSQL first: the agent looks for a second whether it stops too, and on a slow machine it may not
     * have said so by then.
     */
    static void tell(Pod pod) {
        pod.server().signal("INT");
        pod.server().await("PostgreSQL says that it stops", () -> saysSo(pod));
        pod.agent().signal("TERM");
    }

    private static boolean saysSo(Pod pod) throws Exception {
        Path file = pod.server().data().resolve("postmaster.pid");
        try {
            return Files.readString(file).contains("stopping");
        } catch (NoSuchFileException e) {
            return true;
        }
    }
}
