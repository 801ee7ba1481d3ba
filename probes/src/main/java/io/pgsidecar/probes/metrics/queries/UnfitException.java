package io.pgsidecar.probes.metrics.queries;

/** A value cannot become what the file says that it is. The message says what would be right. */
final class UnfitException extends Exception {

    private static final long serialVersionUID = 1L;

    UnfitException(String message) {
        super(message);
    }
}
