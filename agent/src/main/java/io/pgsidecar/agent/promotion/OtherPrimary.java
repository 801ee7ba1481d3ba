package io.pgsidecar.agent.promotion;

import java.io.IOException;
import java.util.Optional;

/** Knows whether another instance of the set is the primary. */
@FunctionalInterface
public interface OtherPrimary {

    /** Where nobody knows of others. */
    OtherPrimary NONE = Optional::empty;

    /**
     * Which one is labelled as the primary and ready; empty if none is.
     *
     * @throws IOException if that cannot be told now
     */
    Optional<String> readyPrimary() throws IOException, InterruptedException;
}
