package io.pgsidecar.archive.repository.filesystem;

import java.io.IOException;
import java.nio.file.Path;

/** Holds the lock until it is killed. */
final class LockHoldingProcess {

    private LockHoldingProcess() {}

    /** Argument: the lock's file. */
    static void main(String[] args) throws IOException {
        try (CreateLock _ = CreateLock.acquire(Path.of(args[0]))) {
            System.out.println("held");
            int _ = System.in.read();
        }
    }
}
