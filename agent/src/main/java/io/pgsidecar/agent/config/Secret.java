package io.pgsidecar.agent.config;

/** A value that is never printed: {@link #toString()} is a mask, also inside the records that hold it. */
public record Secret(String reveal) {

    public static final String MASK = "********";

    /** @throws IllegalArgumentException if it is empty */
    public Secret {
        if (reveal.isEmpty()) {
            throw new IllegalArgumentException("a secret must not be empty");
        }
    }

    @Override
    public String toString() {
        return MASK;
    }
}
