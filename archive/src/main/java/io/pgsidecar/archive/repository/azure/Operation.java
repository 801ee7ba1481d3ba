package io.pgsidecar.archive.repository.azure;

/** What a request is for: it decides what a refusal means. */
enum Operation {
    READ("cannot read"),
    /** A write under the condition that there is no such object yet. */
    CREATE("cannot write"),
    REPLACE("cannot write"),
    LIST("cannot list"),
    DELETE("cannot delete");

    private final String failed;

    Operation(String failed) {
        this.failed = failed;
    }

    /** As messages begin. */
    String failed() {
        return failed;
    }
}
