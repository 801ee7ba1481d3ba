package io.pgsidecar.agent.shim;

import io.pgsidecar.agent.ExitCode;
import java.nio.file.Path;
import java.util.List;

/**
 * One run of {@code archive}, {@code restore} or {@code drain}: what it is about, and how it ends.
 *
 * @param values the arguments after the verb; fewer than the verb needs if the command line is wrong
 * @param standby whether the server that restores is a standby
 */
record WalRun(WalVerb verb, List<String> values, boolean standby, Report report) {

    static WalRun of(WalVerb verb, List<String> values, Report report) {
        boolean whole = values.size() == verb.arguments();
        boolean standby = verb == WalVerb.RESTORE && DataDirectory.isStandby(whole ? values.getLast() : "");
        return new WalRun(verb, values, standby, report);
    }

    /** Whether a failure would make PostgreSQL stop. */
    boolean mayStopRecovery() {
        return verb == WalVerb.RESTORE && !standby;
    }

    /**
     * Whether it is a history that PostgreSQL asks for when nothing may go wrong any more, and that it has itself or, of
     * timeline 1, does without. It must not wait for an agent or a repository then.
     */
    boolean isNotNeeded() {
        return verb == WalVerb.RESTORE
                && (file().equals("00000001.history") || DataDirectory.hasOwnHistory(file(), values.getLast()));
    }

    /** What every error begins with. */
    String couldNot() {
        return "could not " + verb.word() + (verb == WalVerb.DRAIN ? ": " : " \"" + file() + "\": ");
    }

    /** The file, as PostgreSQL names it; empty for a drain. */
    String file() {
        return verb == WalVerb.DRAIN ? "" : values.getFirst();
    }

    int failSocketPath(Path socket, int limit) {
        report.error(
                couldNot() + "the path of the agent's socket is longer than " + limit + " bytes: \"" + socket + "\"");
        report.hint("Give it a shorter one; the length of a socket's path is limited by the system.");
        return finish(ExitCode.USAGE);
    }

    /** The exit code; tells what it will make PostgreSQL do where that is not plain. */
    int finish(ExitCode outcome) {
        int code = verb.exitCode(outcome, standby);
        if (code == ExitCode.RECOVERY_STOPPED.code()) {
            report.detail("The exit code is 255, so that PostgreSQL stops; it would take a lower one for the end of the"
                    + " archive, end recovery there and promote.");
        } else if (verb == WalVerb.RESTORE && code != 0 && outcome != ExitCode.ABSENT) {
            report.detail("The exit code is 1, so that the standby turns to streaming and asks again.");
        }
        return code;
    }
}
