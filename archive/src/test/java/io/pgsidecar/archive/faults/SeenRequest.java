package io.pgsidecar.archive.faults;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A request that reached the proxy.
 *
 * @param target path and query, as sent
 * @param fault what was done to it
 * @param answered the status that the client was sent; 0 as long as it was sent none
 */
public record SeenRequest(RequestKind kind, String target, Optional<Fault> fault, AtomicInteger answered) {

    /** The status that the client was sent; 0 if none. */
    public int status() {
        return answered.get();
    }

    @Override
    public String toString() {
        return "%s %s → %s%s"
                .formatted(kind, target, status(), fault.map(f -> " " + f).orElse(""));
    }
}
