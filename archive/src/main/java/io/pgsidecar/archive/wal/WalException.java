package io.pgsidecar.archive.wal;

import io.pgsidecar.archive.codec.NoKeyException;
import io.pgsidecar.archive.repository.ObjectStoreException;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Why a WAL file was not archived or not restored, in the words that appear in PostgreSQL's log. */
public final class WalException extends Exception {

    private static final long serialVersionUID = 1L;

    /** What kind of failure it is; the agent has an exit code for each. */
    public enum Reason {
        /** The name or the path is not one that PostgreSQL hands out, or lies outside the data directory. */
        BAD_REQUEST,
        /** Truncated, garbage, or another segment than its name says. */
        BAD_SEGMENT,
        /** The file or the repository belongs to another cluster. */
        OTHER_CLUSTER,
        /** The repository has other content under this name. */
        CONFLICT,
        /** The repository is away, slow or full, or nothing proves that it is the right one. */
        REPOSITORY_UNAVAILABLE,
        /** The repository refuses our credentials or rights, or no key at hand opens what is encrypted in it. */
        REPOSITORY_DENIED,
        /** What the repository holds cannot be read back, or is not what its name says. */
        CORRUPT,
        /** Anything else. */
        FAILED;

        /** Whether it is one file that is wrong, here or in the repository: only a person mends it, others go on. */
        boolean isOfTheFile() {
            return switch (this) {
                case BAD_REQUEST, BAD_SEGMENT, CONFLICT, CORRUPT -> true;
                case OTHER_CLUSTER, REPOSITORY_UNAVAILABLE, REPOSITORY_DENIED, FAILED -> false;
            };
        }
    }

    private final Reason reason;
    private final @Nullable String detail;
    private final @Nullable String hint;

    public WalException(Reason reason, String message, @Nullable String detail, @Nullable String hint) {
        this(reason, message, detail, hint, null);
    }

    public WalException(
            Reason reason, String message, @Nullable String detail, @Nullable String hint, @Nullable Throwable cause) {
        super(message, cause);
        this.reason = reason;
        this.detail = detail;
        this.hint = hint;
    }

    /** The repository's failure to do something. */
    static WalException of(String repository, ObjectStoreException e) {
        Reason reason = switch (e.reason()) {
            case UNAVAILABLE -> Reason.REPOSITORY_UNAVAILABLE;
            case DENIED -> Reason.REPOSITORY_DENIED;
            case NOT_FOUND, EXISTS, OTHER -> Reason.FAILED;
        };
        String hint = e.getCause() instanceof NoKeyException noKey ? noKey.hint() : null;
        return new WalException(reason, "repository \"%s\": %s".formatted(repository, e.getMessage()), null, hint, e);
    }

    /** The same of any error on the way to or from a repository. */
    static WalException ofRepository(String repository, IOException e) {
        return e instanceof ObjectStoreException failure
                ? of(repository, failure)
                : new WalException(Reason.FAILED, "repository \"%s\": %s".formatted(repository, e), null, null, e);
    }

    static WalException badRequest(String message) {
        return new WalException(Reason.BAD_REQUEST, message, null, null);
    }

    public Reason reason() {
        return reason;
    }

    /** Facts behind the message. */
    public Optional<String> detail() {
        return Optional.ofNullable(detail);
    }

    /** What a person can do about it. */
    public Optional<String> hint() {
        return Optional.ofNullable(hint);
    }
}
