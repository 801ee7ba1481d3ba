package io.pgsidecar.agent.shim;

import java.nio.file.Files;
import java.nio.file.Path;

/** The signal files in the data directory of the server that runs us; its own current folder, as a rule. */
final class DataDirectory {

    private static final String WAL_FOLDER = "pg_wal/";

    private DataDirectory() {}

    /**
     * Whether the server that asks for this path is a standby: standby.signal stands beside the last {@code pg_wal}
     * folder of the path, or in the current folder if the path has none.
     */
    static boolean isStandby(String path) {
        return Files.exists(Path.of(folderOf(path) + "standby.signal"));
    }

    /**
     * Whether recovery is over and PostgreSQL asks only for the history of the timeline that it leaves, to go on with in
     * the new one's. It has removed the signal files by then: whatever ends it there, we or a kill while it waits for
     * us, makes it come up on the old timeline, beyond its target. When we have nothing, it takes the file of its own
     * {@code pg_wal}.
     */
    static boolean hasOwnHistory(String file, String path) {
        String folder = folderOf(path);
        return file.endsWith(".history")
                && Files.exists(Path.of(folder + WAL_FOLDER + file))
                && !Files.exists(Path.of(folder + "standby.signal"))
                && !Files.exists(Path.of(folder + "recovery.signal"));
    }

    /** Whether the current folder is the data directory of a server that recovers and is no standby. */
    static boolean recoversHere() {
        return Files.exists(Path.of("recovery.signal")) && !isStandby("");
    }

    /** With its final slash; empty for the current folder. */
    static String folderOf(String path) {
        int at = path.lastIndexOf(WAL_FOLDER);
        while (at > 0 && path.charAt(at - 1) != '/') {
            at = path.lastIndexOf(WAL_FOLDER, at - 1);
        }
        return at > 0 ? path.substring(0, at) : "";
    }
}
