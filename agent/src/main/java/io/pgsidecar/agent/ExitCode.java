package io.pgsidecar.agent;

import io.pgsidecar.archive.backup.BackupException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What an exit code of {@code pgsidecar} and {@code pgsidecar-wal} means, and which answer of the agent's control API it
 * stands for.
 *
 * <p>Codes of {@code archive_command} stay within 1 to 125: from 126 on, PostgreSQL's archiver dies. What a
 * {@code restore_command} exits with is decided from these outcomes by {@link io.pgsidecar.agent.shim.WalVerb}.
 */
public enum ExitCode {
    OK(0, null, 0, "done"),
    ARCHIVED(0, "archived", 200, "the file is durable in every repository"),
    RESTORED(0, "restored", 200, "the file is verified and in place"),
    DRAINED(0, "drained", 200, "no new clients are sent to the instance"),
    /** To a restore_command only; a recovery that is no standby ends with it. */
    ABSENT(1, "absent", 404, "the file is proven absent from every repository"),
    FAILED(1, null, 0, "the program itself could not do its work"),
    USAGE(2, null, 0, "the command line is not understood"),
    NO_AGENT(40, null, 0, "no agent answers on the socket"),
    STOPPING(40, "stopping", 503, "the agent is shutting down"),
    TIMED_OUT(41, null, 0, "the agent did not answer within --timeout"),
    AGENT_FAILED(42, "failed", 500, "the agent failed; its log has more"),
    NOT_UNDERSTOOD(42, null, 0, "the answer was broken off, or is not one of the agent's"),
    BAD_REQUEST(43, "bad-request", 400, "the name or path is none that PostgreSQL makes, or lies outside PGDATA"),
    BAD_SEGMENT(44, "bad-segment", 422, "the segment is truncated or garbage, or its header does not fit its name"),
    OTHER_CLUSTER(45, "other-cluster", 409, "the segment or the repository belongs to another cluster"),
    CONFLICT(46, "conflict", 409, "the repository has other content under this name"),
    REPOSITORY_UNAVAILABLE(47, "repository-unavailable", 503, "a repository is away, slow or full"),
    REPOSITORY_DENIED(48, "repository-denied", 403, "a repository refuses the credentials, or they lack a right"),
    CORRUPT(49, "corrupt", 502, "what the repository holds does not verify"),
    WAL_MISSING(50, null, 0, "WAL that a recovery needs is missing from a repository"),
    BUSY(51, null, 0, "another backup is under way"),
    DIVERGED(
            52,
            null,
            0,
            "the data directory has WAL that the cluster's newest timeline does not have, or nobody can tell"),
    NO_BACKUP(53, null, 0, "there is no backup to build the data directory from"),
    UNFIT_DATA(54, null, 0, "the data directory is half made, damaged, or none"),
    UNPROVEN(55, null, 0, "whether there is another primary cannot be told"),
    OLD_PRIMARY(56, null, 0, "another primary has taken the place of the one in the data directory"),
    /** {@code EX_CONFIG} of BSD's sysexits.h. */
    BAD_CONFIG(78, null, 0, "the configuration has errors; nothing was started"),
    /** Any failure of a restore_command without standby.signal: PostgreSQL must stop rather than promote. */
    RECOVERY_STOPPED(255, null, 0, "whether the archive has the file is not known: recovery must not go on");

    private final int code;
    private final @Nullable String outcome;
    private final int httpStatus;
    private final String meaning;

    ExitCode(int code, @Nullable String outcome, int httpStatus, String meaning) {
        this.code = code;
        this.outcome = outcome;
        this.httpStatus = httpStatus;
        this.meaning = meaning;
    }

    /**
     * The outcome that an answer of the control API stands for; empty if status and word do not belong together, or the
     * word is not known.
     */
    public static Optional<ExitCode> ofAnswer(int httpStatus, String outcome) {
        for (ExitCode value : values()) {
            if (value.httpStatus == httpStatus && outcome.equals(value.outcome)) {
                return Optional.of(value);
            }
        }
        return Optional.empty();
    }

    /** What a command exits with when a backup or a restore failed. */
    public static ExitCode of(BackupException.Reason reason) {
        return switch (reason) {
            case FAILED -> FAILED;
            case BAD_REQUEST -> BAD_REQUEST;
            case BUSY -> BUSY;
            case OTHER_CLUSTER -> OTHER_CLUSTER;
            case REPOSITORY_UNAVAILABLE -> REPOSITORY_UNAVAILABLE;
            case REPOSITORY_DENIED -> REPOSITORY_DENIED;
            case CORRUPT -> CORRUPT;
            case WAL_MISSING -> WAL_MISSING;
        };
    }

    public int code() {
        return code;
    }

    /** The word in the answer's {@code Pgsidecar-Outcome} header; null where no answer has this meaning. */
    public @Nullable String outcome() {
        return outcome;
    }

    /** The answer's HTTP status; 0 where no answer has this meaning. */
    public int httpStatus() {
        return httpStatus;
    }

    /** For people: half a sentence. */
    public String meaning() {
        return meaning;
    }
}
