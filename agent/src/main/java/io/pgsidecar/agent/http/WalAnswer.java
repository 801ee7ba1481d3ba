package io.pgsidecar.agent.http;

import io.pgsidecar.agent.ExitCode;
import io.pgsidecar.archive.wal.WalArchiver;
import io.pgsidecar.archive.wal.WalException;
import io.pgsidecar.archive.wal.WalRestorer;
import java.util.Map;
import java.util.Objects;

/**
 * What the shim is told of an archive or restore request: an outcome in a word, and the lines for PostgreSQL's log.
 * The shim makes the exit code of it.
 */
record WalAnswer(ExitCode outcome, String text) {

    private static final String OUTCOME = "Pgsidecar-Outcome";

    static WalAnswer of(WalArchiver.Outcome outcome) {
        return new WalAnswer(
                ExitCode.ARCHIVED,
                switch (outcome) {
                    case STORED -> "archived";
                    case ALREADY_STORED -> "archived before";
                });
    }

    static WalAnswer of(WalRestorer.Outcome outcome) {
        return switch (outcome) {
            case RESTORED -> new WalAnswer(ExitCode.RESTORED, "restored");
            case ABSENT -> new WalAnswer(ExitCode.ABSENT, "no repository has it");
        };
    }

    static WalAnswer of(WalException failure) {
        StringBuilder text = new StringBuilder(oneLine(String.valueOf(failure.getMessage())));
        failure.detail().ifPresent(detail -> text.append("\ndetail: ").append(oneLine(detail)));
        failure.hint().ifPresent(hint -> text.append("\nhint: ").append(oneLine(hint)));
        ExitCode code = switch (failure.reason()) {
            case BAD_REQUEST -> ExitCode.BAD_REQUEST;
            case BAD_SEGMENT -> ExitCode.BAD_SEGMENT;
            case OTHER_CLUSTER -> ExitCode.OTHER_CLUSTER;
            case CONFLICT -> ExitCode.CONFLICT;
            case REPOSITORY_UNAVAILABLE -> ExitCode.REPOSITORY_UNAVAILABLE;
            case REPOSITORY_DENIED -> ExitCode.REPOSITORY_DENIED;
            case CORRUPT -> ExitCode.CORRUPT;
            case FAILED -> ExitCode.AGENT_FAILED;
        };
        return new WalAnswer(code, text.toString());
    }

    /** A defect: the log has more, PostgreSQL's log the gist. */
    static WalAnswer of(Throwable defect) {
        return new WalAnswer(ExitCode.AGENT_FAILED, "the agent failed: " + oneLine(defect.toString()));
    }

    static WalAnswer stopping() {
        return new WalAnswer(ExitCode.STOPPING, "the agent is stopping");
    }

    static WalAnswer drained(String warning) {
        return new WalAnswer(ExitCode.DRAINED, warning);
    }

    boolean succeeded() {
        return outcome == ExitCode.ARCHIVED || outcome == ExitCode.RESTORED || outcome == ExitCode.ABSENT;
    }

    Reply reply() {
        return new Reply(
                outcome.httpStatus(),
                "text/plain; charset=utf-8",
                text + "\n",
                Map.of(OUTCOME, Objects.requireNonNull(outcome.outcome(), "an answer has a word")));
    }

    private static String oneLine(String text) {
        return text.replaceAll("\\s*[\\r\\n]+\\s*", " ");
    }
}
