package io.pgsidecar.agent.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pgsidecar.probes.Availability;
import io.pgsidecar.probes.InstanceReport;
import io.pgsidecar.probes.InstanceRole;
import io.pgsidecar.probes.InstanceState;
import io.pgsidecar.probes.LagLimit;
import io.pgsidecar.probes.Replay;
import io.pgsidecar.probes.ReplayLag;
import io.pgsidecar.probes.ReplayProgress;
import io.pgsidecar.probes.ReplayProgress.Activity;
import io.pgsidecar.probes.ServiceGate;
import io.pgsidecar.probes.WalReceiver;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.postgresql.replication.LogSequenceNumber;

class ProbesApiTest {

    private static final long NOW = 5_000_000_000L;
    private static final ProbeSettings SETTINGS =
            new ProbeSettings(Duration.ofSeconds(10), Duration.ofSeconds(60), List.of(), Optional.empty());

    private final EventLoopPulse pulse = new EventLoopPulse(NOW);

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/startupz |      | 200 | replica",
                "/livez    |      | 200 | the agent is alive; PostgreSQL: replica",
                "/readyz   |      | 200 | replica",
                "/healthz  |      | 200 | the agent is alive",
                "/readyz   | 16MB | 200 | replica",
                "/readyz   | 100  | 503 | lag of 4096 bytes, more than 100; replica",
                "/readyz   | 5s   | 200 | replica",
                "/readyz   | 2s   | 503 | lag of 3 s, more than 2 s; replica",
                "/readyz   | much | 400 | lag must be a size (16777216, 512kB, 16MB, 1GB) or a time (500ms, 30s, 5m, 1h)",
                "/livez    | much | 200 | the agent is alive; PostgreSQL: replica",
            })
    void answersWithAStatusAndOneLine(String path, String lag, int status, String line) {
        Reply reply = api(SETTINGS, ServiceGate.OPEN)
                .answer(path, lag == null ? List.of() : List.of(lag), false, replica(), NOW)
                .orElseThrow();
        assertThat(reply.status()).isEqualTo(status);
        assertThat(reply.body()).isEqualTo(line + "\n");
    }

    @Test
    void whatTheRequestAllowsStandsInForWhatIsConfigured() {
        ProbeSettings strict = new ProbeSettings(
                SETTINGS.maxAge(), SETTINGS.stalledAfter(), List.of(new LagLimit.Bytes(0)), Optional.empty());
        ProbesApi api = api(strict, ServiceGate.OPEN);
        assertThat(status(api, List.of())).isEqualTo(503);
        assertThat(status(api, List.of("1GB"))).isEqualTo(200);
        assertThat(status(api, List.of("1GB", "1s"))).as("both").isEqualTo(503);
    }

    @Test
    void aClosedGateIsTheReason() {
        Reply reply = api(SETTINGS, () -> Optional.of("draining"))
                .answer("/readyz", List.of(), false, replica(), NOW)
                .orElseThrow();
        assertThat(reply.status()).isEqualTo(503);
        assertThat(reply.body()).isEqualTo("draining\n");
    }

    @Test
    void aStalledLoopAnswersNothingWithConfidence() {
        ProbesApi api = api(SETTINGS, ServiceGate.OPEN);
        long later = NOW + Duration.ofSeconds(11).toNanos();
        for (String path : new String[] {"/startupz", "/livez", "/healthz"}) {
            Reply reply = api.answer(path, List.of(), false, replica(), later).orElseThrow();
            assertThat(reply.status()).isEqualTo(503);
            assertThat(reply.body()).isEqualTo("the agent's event loop has been stalled for 11 s\n");
        }
        pulse.beat(later);
        assertThat(api.answer("/livez", List.of(), false, replica(), later)
                        .orElseThrow()
                        .status())
                .isEqualTo(200);
    }

    @Test
    void programsLearnHowOldItIs() throws Exception {
        long later = NOW + Duration.ofMillis(1500).toNanos();
        JsonNode json = new ObjectMapper()
                .readTree(api(SETTINGS, ServiceGate.OPEN)
                        .answer("/readyz", List.of(), true, replica(), later)
                        .orElseThrow()
                        .body());
        assertThat(json.path("ok").asBoolean()).isTrue();
        assertThat(json.path("reason").asText()).isEqualTo("replica");
        assertThat(json.path("role").asText()).isEqualTo("replica");
        assertThat(json.path("availability").asText()).isEqualTo("accepting");
        assertThat(json.path("timeline").asInt()).isEqualTo(3);
        assertThat(json.path("lsn").asText()).isEqualTo("0/5000000");
        assertThat(json.path("ageMs").asLong()).isEqualTo(1500);
        assertThat(json.path("replay").path("activity").asText()).isEqualTo("not_replaying");
        assertThat(json.path("replay").path("heldForMs").asLong()).isEqualTo(4500);
        assertThat(json.path("replay").path("lagBytes").asLong()).isEqualTo(4096);
        assertThat(json.path("replay").path("lagMs").asLong()).isEqualTo(4500);
    }

    @Test
    void otherPathsAreNotItsOwn() {
        assertThat(api(SETTINGS, ServiceGate.OPEN).answer("/status", List.of(), false, replica(), NOW))
                .isEmpty();
    }

    private static int status(ProbesApi api, List<String> lag) {
        return api.answer("/readyz", lag, false, replica(), NOW).orElseThrow().status();
    }

    private ProbesApi api(ProbeSettings settings, ServiceGate gate) {
        return new ProbesApi(settings, gate, pulse);
    }

    /** For 3 s it has not replayed the last 4096 bytes. */
    private static InstanceState replica() {
        LogSequenceNumber replayed = LogSequenceNumber.valueOf("0/5000000");
        LogSequenceNumber end = LogSequenceNumber.valueOf("0/5001000");
        long since = NOW - Duration.ofSeconds(3).toNanos();
        Replay replay = new Replay(
                end,
                replayed,
                false,
                Instant.EPOCH,
                true,
                new WalReceiver("streaming", 3, end, end, Duration.ZERO, "primary", 5432, null),
                "BufferPin",
                new ReplayProgress(Activity.NOT_REPLAYING, replayed, since),
                new ReplayLag(4096L, since, NOW));
        InstanceReport none = InstanceReport.NONE;
        InstanceReport report = new InstanceReport(
                180001,
                "7",
                3,
                Instant.EPOCH,
                null,
                replay,
                none.replicationClients(),
                "",
                false,
                false,
                false,
                none.subscriptions(),
                null);
        return new InstanceState(
                Availability.ACCEPTING, InstanceRole.REPLICA, "replica", Instant.EPOCH, NOW, NOW, null, report);
    }
}
