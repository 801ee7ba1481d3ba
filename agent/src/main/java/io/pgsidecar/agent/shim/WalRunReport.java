package io.pgsidecar.agent.shim;

import io.pgsidecar.agent.ExitCode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Says on stderr what a run came to; nothing on success. */
final class WalRunReport {

    private final WalRun run;
    private final Path socket;
    private final int timeoutSeconds;
    private final Report report;

    WalRunReport(WalRun run, Path socket, int timeoutSeconds, Report report) {
        this.run = run;
        this.socket = socket;
        this.timeoutSeconds = timeoutSeconds;
        this.report = report;
    }

    /** The outcome, which is not the agent's where a restored file is not in place. */
    ExitCode tell(AgentClient.Result result) {
        ExitCode outcome = result.outcome();
        return switch (outcome) {
            case ARCHIVED -> outcome;
            case DRAINED -> {
                if (result.last() instanceof AgentReply.Answered answered) {
                    answered.answer().lines().forEach(report::more); // What of it could not be done in time.
                }
                yield outcome;
            }
            case RESTORED -> isInPlace(Path.of(run.values().getLast())) ? outcome : ExitCode.NOT_UNDERSTOOD;
            case ABSENT -> {
                if (!run.standby()) { // A standby asks every few seconds, for ever: nothing to tell.
                    tellAbsent(result.last());
                }
                yield outcome;
            }
            default -> {
                tellFailure(result);
                yield outcome;
            }
        };
    }

    private void tellAbsent(AgentReply reply) {
        String message = reply instanceof AgentReply.Answered answered
                ? answered.answer().message()
                : "";
        report.note("\"" + run.file() + "\" is not in the archive" + (message.isEmpty() ? "" : ": " + message));
    }

    private void tellFailure(AgentClient.Result result) {
        String couldNot = run.couldNot();
        switch (result.last()) {
            case AgentReply.Answered answered -> tellAnswer(answered.answer(), result.outcome());
            case AgentReply.BrokenOff _ -> {
                report.error(couldNot + "the agent on \"" + socket + "\" broke off its answer");
                report.hint("Look at the agent's log for the reason.");
            }
            case AgentReply.Late _ -> {
                report.error(
                        couldNot + "the agent on \"" + socket + "\" did not answer within " + timeoutSeconds + " s");
                report.hint("Look at the agent's log for what it waits for. If the repository is always that slow,"
                        + " give a longer --timeout.");
            }
            case AgentReply.NotHttp garbled -> {
                report.error(couldNot + "the answer on \"" + socket + "\" was not understood: " + garbled.reason());
                report.hint("Does another program listen on this socket?");
            }
            case AgentReply.NotListening listening -> {
                report.error(couldNot + "no agent answers on \"" + socket + "\": " + listening.error());
                if (listening.passing()) {
                    long missed = result.missedMillis();
                    report.detail("Tried to connect for " + missed / 1000 + "." + missed % 1000 / 100 + " s.");
                }
                report.hint("Start the agent with \"pgsidecar run\", as a user who shares this socket; --socket or"
                        + " PGSIDECAR_SOCKET names another.");
            }
        }
    }

    /** The agent's own words. */
    private void tellAnswer(AgentAnswer answer, ExitCode outcome) {
        List<String> more = answer.lines();
        if (outcome == ExitCode.NOT_UNDERSTOOD) {
            report.error(run.couldNot() + "the agent's answer was not understood: HTTP status " + answer.status()
                    + ", outcome \"" + answer.outcome() + "\"");
        } else {
            report.error(run.couldNot()
                    + (answer.message().isEmpty()
                            ? "the agent answered \"" + answer.outcome() + "\" and gave no reason"
                            : answer.message()));
            more = more.subList(1, more.size());
        }
        more.forEach(report::more);
    }

    /** The restored file as PostgreSQL will see it. */
    private boolean isInPlace(Path path) {
        if (Files.isRegularFile(path)) {
            return true;
        }
        report.error(run.couldNot() + "the agent says it did, but \"" + path + "\" is not there: "
                + (Files.exists(path) ? "Not a regular file" : "No such file or directory"));
        report.hint("Do the agent and PostgreSQL see the same data directory, under the same path?");
        return false;
    }
}
