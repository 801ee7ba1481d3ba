package io.pgsidecar.agent.shim;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Copies programs that are run at once. Not by this process: what another thread starts while the copy is being written
 * inherits the open file for a moment, and a program that somebody writes to cannot be run ("Text file busy").
 */
final class CopiedProgram {

    private CopiedProgram() {}

    static void copy(Path from, Path to) throws IOException {
        Process cp = new ProcessBuilder("cp", "-p", from.toString(), to.toString())
                .inheritIO()
                .start();
        try {
            if (cp.waitFor() != 0) {
                throw new IOException("cannot copy " + from + " to " + to);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
