package io.pgsidecar.archive.backup;

/**
 * Something that is wrong with a stored backup.
 *
 * @param object what it is about: a tar, a file of it, or something else by its name
 * @param text one line
 */
public record BackupFinding(Kind kind, String object, String text) {

    /** What kind of thing is wrong. */
    public enum Kind {
        /** It is there, and not what it should be. */
        DAMAGED,
        /** It should be there. */
        MISSING,
        /** It should not be there. */
        UNEXPECTED,
        /** No key at hand opens it: nothing is known of it. */
        LOCKED,
        /** WAL is missing without which the backup is of no use. */
        WAL_MISSING,
        /** WAL is missing behind the backup's end: it restores, but not up to now. */
        WAL_BEHIND,
        /** A page was damaged when the backup was taken. */
        DAMAGED_BEFORE;

        /** Whether the backup can be restored all the same. */
        public boolean isWarning() {
            return this == WAL_BEHIND || this == DAMAGED_BEFORE;
        }
    }
}
