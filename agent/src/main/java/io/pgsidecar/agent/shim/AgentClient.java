package io.pgsidecar.agent.shim;

import io.pgsidecar.agent.ExitCode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;

/**
 * Asks the agent, patiently within bounds: an agent that starts again is waited for, one that is killed while it works
 * is asked again, because each request can be repeated without harm.
 */
final class AgentClient {

    private static final int FIRST_PAUSE = 20;
    private static final int LONGEST_PAUSE = 250;

    /** Lets time pass; a test lets something happen in it. */
    interface Pause {
        void pause(long millis) throws InterruptedException;
    }

    /**
     * What a request came to.
     *
     * @param missedMillis how long no agent listened
     */
    record Result(ExitCode outcome, AgentReply last, long missedMillis) {}

    private final Path socket;
    private final long timeoutMillis;
    private final long patienceMillis;
    private final Pause pause;

    /**
     * @param timeoutMillis for everything
     * @param patienceMillis for an agent that does not listen
     */
    AgentClient(Path socket, long timeoutMillis, long patienceMillis, Pause pause) {
        this.socket = socket;
        this.timeoutMillis = timeoutMillis;
        this.patienceMillis = patienceMillis;
        this.pause = pause;
    }

    Result ask(WalVerb verb, byte[] request) throws InterruptedException {
        Deadline deadline = Deadline.afterMillis(timeoutMillis);
        long missed = 0;
        long wait = FIRST_PAUSE;
        while (true) {
            AgentReply reply = tryOnce(request, deadline);
            ExitCode outcome = outcome(verb, reply);
            boolean again = switch (reply) {
                case AgentReply.Answered _ -> outcome == ExitCode.STOPPING;
                case AgentReply.BrokenOff _ -> true;
                case AgentReply.NotListening listening -> listening.passing();
                case AgentReply.Late _, AgentReply.NotHttp _ -> false;
            };
            if (reply instanceof AgentReply.BrokenOff) {
                missed = 0; // The next one gets all our patience again.
            }
            // No try gets so little time that it could only be late: what went wrong before says more.
            long millis = Math.min(wait, Math.min(patienceMillis - missed, deadline.millisLeft() - LONGEST_PAUSE));
            if (!again || millis <= 0) {
                return new Result(outcome, reply, missed);
            }
            long start = System.nanoTime();
            pause.pause(millis);
            missed += (System.nanoTime() - start) / 1_000_000;
            wait = Math.min(wait * 2, LONGEST_PAUSE);
        }
    }

    private AgentReply tryOnce(byte[] request, Deadline deadline) {
        try (AgentConnection connection = new AgentConnection(socket, deadline)) {
            return connection.ask(request);
        } catch (IOException e) {
            return new AgentReply.NotListening(Objects.requireNonNullElse(e.getMessage(), "no connection"), false);
        }
    }

    private static ExitCode outcome(WalVerb verb, AgentReply reply) {
        return switch (reply) {
            case AgentReply.Answered answered ->
                verb.outcomeOf(answered.answer().status(), answered.answer().outcome());
            case AgentReply.BrokenOff _, AgentReply.NotHttp _ -> ExitCode.NOT_UNDERSTOOD;
            case AgentReply.Late _ -> ExitCode.TIMED_OUT;
            case AgentReply.NotListening _ -> ExitCode.NO_AGENT;
        };
    }
}
