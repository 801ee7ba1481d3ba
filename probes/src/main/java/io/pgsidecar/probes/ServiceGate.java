package io.pgsidecar.probes;

import java.util.Optional;

/**
 * Says why no client may come although the server is fine: the instance is drained, or it is an older primary that has
 * come back. Asked at each request, so it answers from memory.
 */
@FunctionalInterface
public interface ServiceGate {

    /** A gate that is never closed. */
    ServiceGate OPEN = Optional::empty;

    /** The reason, one line for a person; empty if clients may come. */
    Optional<String> closed();
}
