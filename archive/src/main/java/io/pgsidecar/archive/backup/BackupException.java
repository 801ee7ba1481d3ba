package io.pgsidecar.archive.backup;

import io.pgsidecar.archive.wal.WalException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A backup or a restore that cannot be, with what to do about it. */
public final class BackupException extends Exception {

    private static final long serialVersionUID = 1;

    /** What kind of failure it is; a command's exit code depends on it. */
    public enum Reason {
        /** The server, the disk, or the process itself. */
        FAILED,
        /** What was asked for makes no sense, or there is no such thing. */
        BAD_REQUEST,
        /** Another backup is under way. */
        BUSY,
        OTHER_CLUSTER,
        REPOSITORY_UNAVAILABLE,
        REPOSITORY_DENIED,
        /** What is stored or read is damaged. */
        CORRUPT,
        WAL_MISSING
    }

    private final Reason reason;
    private final @Nullable String hint;

    /**
     * A failure.
     *
     * @param hint what would mend it
     */
    public BackupException(Reason reason, String message, @Nullable String hint) {
        this(reason, message, hint, null);
    }

    /**
     * A failure with its cause.
     *
     * @param hint what would mend it
     */
    public BackupException(Reason reason, String message, @Nullable String hint, @Nullable Throwable cause) {
        super(message, cause);
        this.reason = reason;
        this.hint = hint;
    }

    /** What a repository's WAL gave, as the backup's own failure. */
    public static BackupException of(WalException e) {
        Reason reason = switch (e.reason()) {
            case BAD_REQUEST -> Reason.BAD_REQUEST;
            case OTHER_CLUSTER -> Reason.OTHER_CLUSTER;
            case REPOSITORY_UNAVAILABLE -> Reason.REPOSITORY_UNAVAILABLE;
            case REPOSITORY_DENIED -> Reason.REPOSITORY_DENIED;
            case CORRUPT, CONFLICT, BAD_SEGMENT -> Reason.CORRUPT;
            default -> Reason.FAILED;
        };
        return new BackupException(
                reason, String.valueOf(e.getMessage()), e.hint().orElse(null), e);
    }

    public Reason reason() {
        return reason;
    }

    /** What would mend it. */
    public Optional<String> hint() {
        return Optional.ofNullable(hint);
    }

    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
