package io.pgsidecar.archive.wal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * Who may put a file under which name. PostgreSQL restores every segment as {@code pg_wal/RECOVERYXLOG}: a slow request
 * that it has given up on must not replace what a later request has put there, since PostgreSQL would take the wrong
 * segment for the end of WAL. The latest request for a name is the only one that may publish, and only while its
 * caller waits.
 */
final class Destinations {

    private final Map<Path, Claim> latest = new HashMap<>();

    Claim claim(Path destination, BooleanSupplier abandoned) {
        Claim claim = new Claim(destination, abandoned);
        synchronized (latest) {
            latest.put(destination, claim);
        }
        return claim;
    }

    /** One request's right to a name. */
    final class Claim implements Receiver, AutoCloseable {
        private final Path destination;
        private final BooleanSupplier abandoned;

        private Claim(Path destination, BooleanSupplier abandoned) {
            this.destination = destination;
            this.abandoned = abandoned;
        }

        boolean isCurrent() {
            synchronized (latest) {
                return latest.get(destination) == this && !abandoned.getAsBoolean();
            }
        }

        /** The request is over. An earlier one for the same name does not get its right back. */
        @Override
        public void close() {
            synchronized (latest) {
                latest.remove(destination, this);
            }
        }

        @Override
        public Path destination() {
            return destination;
        }

        @Override
        public boolean goesOn(long received) {
            return isCurrent();
        }

        @Override
        public boolean durable() {
            return true;
        }

        /** Renames to the final name, if the name is still this request's. */
        @Override
        public void publish(Path file) throws IOException, WalException {
            synchronized (latest) {
                if (!isCurrent()) {
                    throw givenUp();
                }
                Files.move(file, destination, StandardCopyOption.ATOMIC_MOVE);
            }
        }
    }
}
