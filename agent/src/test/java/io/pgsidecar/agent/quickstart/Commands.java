package io.pgsidecar.agent.quickstart;

import io.pgsidecar.agent.pod.Program;

/** What commands of pgsidecar said. */
final class Commands {

    private Commands() {}

    /** Shows what a command has printed; fails if it has failed. */
    static void show(Stage stage, Program command, String what) {
        if (command.exit() != 0) {
            throw new StoryException("%s failed with exit code %d:%n%s"
                    .formatted(what, command.exit(), command.out().strip()));
        }
        stage.narrator().show(command.out().lines().toList());
    }
}
