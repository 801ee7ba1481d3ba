package io.pgsidecar.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.agent.PostgresExit.Server;
import io.pgsidecar.probes.Availability;
import io.pgsidecar.probes.InstanceReport;
import io.pgsidecar.probes.InstanceRole;
import io.pgsidecar.probes.InstanceState;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class PostgresExitTest {

    private static final Duration LONG = Duration.ofMinutes(1);

    @TempDir
    private Path data;

    @ParameterizedTest
    @CsvSource({
        "false, , false, GONE",
        "false, , true, GONE",
        "true, ready, false, RUNNING",
        "true, standby, false, RUNNING",
        "true, starting, false, RUNNING",
        "true, , false, RUNNING",
        "true, stopping, false, STOPPING",
        // Killed: the file stays as it was.
        "true, ready, true, GONE",
        "true, stopping, true, GONE",
    })
    void judgesByTheFileAndByWhetherAnybodyListens(
            boolean file, @Nullable String status, boolean nobodyListens, Server server) {
        assertThat(PostgresExit.judge(file, Optional.ofNullable(status), nobodyListens))
                .isEqualTo(server);
    }

    @Test
    void aClosedPortTellsOnlyWhereOneWasOpenAndOnlyNow() {
        assertThat(PostgresExit.nobodyListens(state(Availability.NO_SERVER, 1L, 10), 5))
                .isTrue();
        assertThat(PostgresExit.nobodyListens(state(Availability.NO_SERVER, 1L, 4), 5))
                .as("looked at before")
                .isFalse();
        assertThat(PostgresExit.nobodyListens(state(Availability.NO_SERVER, null, 10), 5))
                .as("the configured port may be a wrong one")
                .isFalse();
        assertThat(PostgresExit.nobodyListens(state(Availability.NO_ANSWER, 1L, 10), 5))
                .isFalse();
    }

    private static InstanceState state(Availability availability, @Nullable Long accepted, long observedNanos) {
        return new InstanceState(
                availability,
                InstanceRole.PRIMARY,
                "",
                Instant.EPOCH,
                observedNanos,
                accepted,
                null,
                InstanceReport.NONE);
    }

    private PostgresExit exit() {
        return new PostgresExit(data, () -> InstanceState.unknown(System.nanoTime()));
    }

    private void postmaster(String status) throws Exception {
        Path fresh =
                Files.writeString(data.resolve("fresh"), "1\n/data\n0\n5432\n/tmp\nlocalhost\n1 2\n" + status + "\n");
        Files.move(fresh, data.resolve("postmaster.pid"), StandardCopyOption.ATOMIC_MOVE);
    }

    @Test
    void withoutAServerItDoesNotWait() throws Exception {
        assertThat(exit().await(LONG)).isTrue();
    }

    @Test
    void aServerThatRunsOnIsNotWaitedFor() throws Exception {
        postmaster("ready");
        assertThat(exit().await(LONG)).isFalse();
    }

    @Test
    void aServerThatStopsIsWaitedForUntilItIsGone() throws Exception {
        postmaster("stopping");
        Thread server = Thread.ofVirtual().start(() -> {
            try {
                Thread.sleep(200);
                Files.delete(data.resolve("postmaster.pid"));
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        assertThat(exit().await(LONG)).isTrue();
        assertThat(data.resolve("postmaster.pid")).doesNotExist();
        server.join();
    }

    @Test
    void aServerThatIsToldToStopAMomentLaterIsWaitedForToo() throws Exception {
        postmaster("ready");
        Thread server = Thread.ofVirtual().start(() -> {
            try {
                Thread.sleep(100);
                postmaster("stopping");
                Thread.sleep(100);
                Files.delete(data.resolve("postmaster.pid"));
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        AtomicInteger told = new AtomicInteger();
        PostgresExit exit = new PostgresExit(data, () -> InstanceState.unknown(System.nanoTime()), LONG);
        assertThat(exit.await(LONG, told::incrementAndGet)).isTrue();
        assertThat(data.resolve("postmaster.pid")).doesNotExist();
        assertThat(told).hasValue(1);
        server.join();
    }

    @Test
    void aServerThatDoesNotComeToItsEndIsNotWaitedForForEver() throws Exception {
        postmaster("stopping");
        assertThat(exit().await(Duration.ofMillis(100))).isTrue();
    }
}
