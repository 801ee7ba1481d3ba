package io.pgsidecar.agent.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.agent.pod.Pod;
import io.pgsidecar.agent.pod.PodFolder;
import io.pgsidecar.archive.faults.Fault;
import io.pgsidecar.archive.faults.ProxiedStore;
import io.pgsidecar.probes.postgres.RunAs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The store is cut off while PostgreSQL recovers from it. What came before the cut has been replayed, and to PostgreSQL
 * "absent" would mean that this is all: the recovery goes on when the store is back, or stops, and never ends early.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(300)
abstract class StoreCutOff {

    private static final String ROWS = "SELECT count(*) FROM t";
    /** In the middle of the twelve that are archived. It is fetched ahead. */
    private static final String LOST = "000000010000000000000006";

    /** Which one PostgreSQL misses: what was on its way when the lost one was asked for does not come either. */
    private static final String MISSED = "00000001000000000000000[1-6]";

    private static final Pattern ASKED_AGAIN = Pattern.compile(MISSED + ".*retryInMs|retryInMs.*" + MISSED);

    /** A store that is cut off refuses connections: none of it has to be given up, and a slow one must not be. */
    private static final ProxiedStore.Tries TRIES = ProxiedStore.Tries.of(2, false);

    private final ProxiedStore.Kind kind;
    private Path home;
    private ProxiedStore store;
    /** A copy of the primary's data directory from before it wrote what is in the archive. */
    private Pod base;

    private int copies;

    StoreCutOff(ProxiedStore.Kind kind) {
        this.kind = kind;
    }

    @BeforeAll
    void archiveTwelveSegments(@TempDir(factory = PodFolder.class) Path folder) throws IOException {
        home = folder;
        store = ProxiedStore.start(kind, Files.createDirectory(home.resolve("store")));
        RunAs.own(home.resolve("store"));
        try (Pod primary = Pod.create(17, home.resolve("a"), home.resolve("unused"), "--wal-segsize=1")) {
            primary.agent().keepIn(store.settings("pitr", TRIES));
            base = primary.copy(home.resolve("base"));
            primary.start();
            primary.server().execute("CREATE TABLE t (id bigint)");
            for (int i = 0; i < 12; i++) {
                primary.server().execute("INSERT INTO t SELECT generate_series(1, 1000)");
                primary.switchAndArchive();
            }
        }
    }

    @AfterEach
    void heal() {
        store.proxy().heal();
        store.proxy().restore();
    }

    @AfterAll
    void stop() {
        if (store != null) {
            store.close();
        }
    }

    @Test
    void aCutThatIsShorterThanTheBudgetIsWaitedFor() throws Exception {
        try (Pod restored = recovering("60s")) {
            restored.server().touch("recovery.signal");
            cutInTheMiddle();
            restored.agent().start();
            restored.server().launch();
            awaitRetries(restored);
            assertThat(restored.server().running()).isTrue();
            assertThat(restored.server().log()).doesNotContain("archive recovery complete");

            store.proxy().restore();
            assertReachesTheEnd(restored);
        }
    }

    @Test
    void aCutThatIsLongerThanTheBudgetStopsTheServerWhichThenGoesOnWhereItWas() throws Exception {
        try (Pod restored = recovering("500ms")) {
            restored.server().touch("recovery.signal");
            cutInTheMiddle();
            restored.agent().start();
            restored.server().launch();
            assertThat(restored.server().awaitExit()).isNotZero();
            assertThat(store.proxy().isCut()).isTrue();
            assertThat(restored.server().log())
                    .contains("FATAL")
                    .containsPattern("could not restore file \"" + MISSED
                            + "\" from archive: child process exited with exit code 255")
                    .doesNotContain("archive recovery complete")
                    .doesNotContain("selected new timeline");

            // Still away: it does not end early at the second try either.
            restored.server().launch();
            assertThat(restored.server().awaitExit()).isNotZero();
            assertThat(restored.server().log()).doesNotContain("archive recovery complete");

            store.proxy().restore();
            restored.server().launch();
            assertReachesTheEnd(restored);
        }
    }

    @Test
    void aStandbyAsksAgainUntilTheStoreIsBack() throws Exception {
        try (Pod standby = recovering("500ms")) {
            standby.server().touch("standby.signal");
            cutInTheMiddle();
            standby.agent().start();
            standby.server().launch();
            Pattern inVain = Pattern.compile("pgsidecar-wal: error: could not restore \"" + MISSED);
            standby.server()
                    .await(
                            "the standby has asked in vain",
                            () -> inVain.matcher(standby.server().log()).find());
            assertThat(standby.server().running()).isTrue();

            store.proxy().restore();
            standby.server().awaitConnections();
            standby.server().awaitQuery(ROWS, "12000");
            assertThat(standby.server().query("SELECT pg_is_in_recovery()")).isEqualTo("t");
        }
    }

    private void cutInTheMiddle() {
        store.proxy().on().path(LOST).times(1).fault(new Fault.Cut());
    }

    private void awaitRetries(Pod restored) {
        restored.agent().await("the store is cut", () -> store.proxy().isCut());
        restored.agent()
                .await(
                        "a segment is asked for again",
                        () -> restored.agent()
                                        .log()
                                        .lines()
                                        .filter(line ->
                                                ASKED_AGAIN.matcher(line).find())
                                        .count()
                                >= 3);
    }

    private static void assertReachesTheEnd(Pod restored) {
        restored.server().awaitConnections();
        restored.server().awaitQuery("SELECT pg_is_in_recovery()", "f");
        assertThat(restored.server().query(ROWS)).isEqualTo("12000");
    }

    /** A server that is to recover from the archive. */
    private Pod recovering(String retryFor) {
        Pod pod = base.copy(home.resolve("recovering-" + copies++));
        pod.agent().keepIn(store.settings("pitr", TRIES)).set("restore.retryFor", retryFor);
        return pod;
    }
}
