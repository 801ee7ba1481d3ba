package io.pgsidecar.agent.shim;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.agent.ExitCode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AgentClientTest {

    private static final byte[] REQUEST = WalRequest.of(WalVerb.ARCHIVE, List.of("pg_wal/x"), "/");

    @TempDir
    Path temporary;

    @Test
    void asksAnAgentThatAppearsWhileItWaits() throws Exception {
        Path socket = temporary.resolve("agent.sock");
        List<FakeAgent> agents = new ArrayList<>();
        List<Long> pauses = new ArrayList<>();
        AgentClient client = new AgentClient(socket, 60_000, 60_000, millis -> {
            pauses.add(millis);
            if (pauses.size() == 6) {
                agents.add(started(socket));
            }
        });
        assertThat(client.ask(WalVerb.ARCHIVE, REQUEST).outcome()).isEqualTo(ExitCode.ARCHIVED);
        assertThat(pauses).containsExactly(20L, 40L, 80L, 160L, 250L, 250L);
        agents.forEach(FakeAgent::close);
    }

    @Test
    void givesUpWhenItsPatienceIsUsedUp() throws Exception {
        Path socket = temporary.resolve("agent.sock");
        FakeAgent.leaveDeadSocket(socket);
        AgentClient.Result result = new AgentClient(socket, 600_000, 100, Thread::sleep).ask(WalVerb.ARCHIVE, REQUEST);
        assertThat(result.outcome()).isEqualTo(ExitCode.NO_AGENT);
        assertThat(result.last()).isEqualTo(new AgentReply.NotListening("Connection refused", true));
        assertThat(result.missedMillis()).isGreaterThanOrEqualTo(100);
    }

    private static FakeAgent started(Path socket) {
        try {
            return new FakeAgent(socket, FakeAgent.answer(ExitCode.ARCHIVED));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
