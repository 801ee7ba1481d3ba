package io.pgsidecar.archive.backup;

/** Is told how far a restore is, by several threads, one at a time. */
@FunctionalInterface
public interface RestoreProgress {

    /** Tells nobody. */
    RestoreProgress NONE = (done, total) -> {};

    /**
     * Some more is done.
     *
     * @param done bytes of files that are in place, those that were there before too
     * @param total bytes of all files; 0 if nobody knows
     */
    void at(long done, long total);
}
