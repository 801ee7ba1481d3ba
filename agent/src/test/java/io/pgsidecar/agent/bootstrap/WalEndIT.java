package io.pgsidecar.agent.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.agent.pod.PodFolder;
import io.pgsidecar.archive.backup.ControlState;
import io.pgsidecar.archive.wal.WalEnd;
import io.pgsidecar.probes.postgres.PostgresBinaries;
import io.pgsidecar.probes.postgres.PostgresServer;
import io.pgsidecar.probes.postgres.RunAs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is found of a crashed server's WAL is what PostgreSQL itself finds when it recovers. */
class WalEndIT {

    private static final Pattern DONE = Pattern.compile("redo done at ([0-9A-F]+)/([0-9A-F]+)");

    @TempDir(factory = PodFolder.class)
    Path home;

    static List<Integer> versions() {
        return Boolean.getBoolean("pgsidecar.long") ? List.of(14, 15, 16, 17, 18) : List.of(14, 18);
    }

    @ParameterizedTest
    @MethodSource("versions")
    void theLastRecordIsTheOneThatRedoEndsAt(int major) throws Exception {
        RunAs.own(home);
        try (PostgresServer server =
                PostgresServer.create(PostgresBinaries.fromMaven(major), home, "--wal-segsize=1")) {
            server.start();
            // Over pages, segments, a switch, and a record that is longer than a page.
            server.execute(
                    "CREATE TABLE t AS SELECT g, repeat(md5(g::text), g % 200) AS text FROM generate_series(1, 3000) g",
                    "SELECT pg_switch_wal()",
                    "CREATE TABLE long (t text)",
                    "ALTER TABLE long ALTER t SET STORAGE EXTERNAL",
                    "INSERT INTO long SELECT string_agg(md5(g::text), '') FROM generate_series(1, 20000) g",
                    "SELECT pg_logical_emit_message(true, 'test', repeat('x', 100000))");
            server.kill();
            ControlState state =
                    ControlState.parse(Files.readAllBytes(server.data().resolve("global/pg_control")));
            assertThat(state.phase()).isEqualTo(ControlState.Phase.UP);
            long last = WalEnd.lastRecord(
                            server.data().resolve("pg_wal"),
                            state.checkpoint(),
                            state.checkpointTimeline(),
                            state.timeline(),
                            state.walSegmentSize(),
                            state.systemIdentifier())
                    .orElseThrow();
            server.start();
            Matcher done = DONE.matcher(server.log());
            assertThat(done.find()).as(server.log()).isTrue();
            assertThat(last).isEqualTo((Long.parseLong(done.group(1), 16) << 32) | Long.parseLong(done.group(2), 16));

            server.stop();
            ControlState stopped =
                    ControlState.parse(Files.readAllBytes(server.data().resolve("global/pg_control")));
            assertThat(stopped.phase()).isEqualTo(ControlState.Phase.STOPPED);
            assertThat(WalEnd.lastRecord(
                            server.data().resolve("pg_wal"),
                            last,
                            1,
                            1,
                            stopped.walSegmentSize(),
                            stopped.systemIdentifier()))
                    .as("the shutdown checkpoint")
                    .contains(stopped.checkpoint());
        }
    }
}
