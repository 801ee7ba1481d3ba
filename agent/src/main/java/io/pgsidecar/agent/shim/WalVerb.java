package io.pgsidecar.agent.shim;

import io.pgsidecar.agent.ExitCode;

/** What {@code pgsidecar-wal} is asked to do. */
public enum WalVerb {
    ARCHIVE("archive", 1, "one argument: the path (%p)"),
    RESTORE("restore", 2, "two arguments: the name (%f) and the path (%p)"),
    INSTALL("install", 1, "one argument: a folder"),
    DRAIN("drain", 0, "no argument");

    private final String word;
    private final int arguments;
    private final String needs;

    WalVerb(String word, int arguments, String needs) {
        this.word = word;
        this.arguments = arguments;
        this.needs = needs;
    }

    /**
     * The exit code of a run that came to the given outcome. For {@code restore}, PostgreSQL takes 1 to 125 for "the
     * archive has no such file": a standby then streams and asks again; any other recovery ends there and promotes, so
     * whatever is not proven absent has to stop it.
     *
     * @param standby whether standby.signal exists; of no meaning to the other verbs
     */
    public int exitCode(ExitCode outcome, boolean standby) {
        return switch (this) {
            case RESTORE ->
                switch (outcome) {
                    case RESTORED -> ExitCode.RESTORED.code();
                    case ABSENT -> ExitCode.ABSENT.code();
                    default -> standby ? ExitCode.FAILED.code() : ExitCode.RECOVERY_STOPPED.code();
                };
            case ARCHIVE, INSTALL, DRAIN ->
                switch (outcome) {
                    case RESTORED, ABSENT, RECOVERY_STOPPED -> ExitCode.NOT_UNDERSTOOD.code();
                    case ARCHIVED -> (this == DRAIN ? ExitCode.NOT_UNDERSTOOD : outcome).code();
                    case DRAINED -> (this == DRAIN ? outcome : ExitCode.NOT_UNDERSTOOD).code();
                    default -> outcome.code();
                };
        };
    }

    /** The outcome that an answer stands for; {@link ExitCode#NOT_UNDERSTOOD} if it is none that this verb can get. */
    ExitCode outcomeOf(int httpStatus, String outcome) {
        ExitCode answered = ExitCode.ofAnswer(httpStatus, outcome).orElse(ExitCode.NOT_UNDERSTOOD);
        boolean otherVerb = switch (answered) {
            case ARCHIVED -> this != ARCHIVE;
            case RESTORED, ABSENT -> this != RESTORE;
            case DRAINED -> this != DRAIN;
            default -> false;
        };
        return otherVerb ? ExitCode.NOT_UNDERSTOOD : answered;
    }

    String word() {
        return word;
    }

    /** How many arguments it takes. */
    int arguments() {
        return arguments;
    }

    /** What it takes, for people. */
    String needs() {
        return needs;
    }
}
