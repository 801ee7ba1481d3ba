package io.pgsidecar.agent.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.agent.pod.AgentProcess;
import io.pgsidecar.agent.pod.PodFolder;
import io.pgsidecar.agent.pod.Shim;
import io.pgsidecar.archive.faults.Fault;
import io.pgsidecar.archive.faults.FaultCase;
import io.pgsidecar.archive.faults.ProxiedStore;
import io.pgsidecar.archive.faults.RequestKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * For each fault, when it strikes at every try: what {@code archive_command} and {@code restore_command} exit with.
 * Success is told only when it is one; "absent" (1) never of what is there.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(300)
abstract class FaultsSeenByPostgres {

    private static final RequestKind[] WRITES = {RequestKind.PUT, RequestKind.PUT_BLOB};
    private static final String TARGET = "pg_wal/RECOVERYXLOG";
    private static final int ABSENT = 1;
    private static final int STOPS_RECOVERY = 255;

    private final ProxiedStore.Kind kind;
    private FaultyPod pod;
    /** Gives a silent store up soon. The pod's own does not: a slow machine is to be no fault. */
    private AgentProcess hasty;

    private int segments;
    private String segment = "";

    FaultsSeenByPostgres(ProxiedStore.Kind kind) {
        this.kind = kind;
    }

    List<FaultCase> cases() {
        return FaultCase.of(kind);
    }

    @BeforeAll
    void start(@TempDir(factory = PodFolder.class) Path home) throws IOException {
        pod = FaultyPod.create(kind, home, ProxiedStore.Tries.of(2, false), 1 << 20, 200_000);
        hasty = pod.secondAgent(ProxiedStore.Tries.of(2, true));
        for (AgentProcess agent : List.of(pod.agent(), hasty)) {
            // Nothing is stored or read by itself, between a test and the next.
            agent.set("restore.retryFor", "200ms").set("restore.prefetch", "0").set("archive.lookAhead", "0");
            agent.start();
        }
        archiveNext();
    }

    @AfterAll
    void stop() throws IOException {
        if (hasty != null) {
            hasty.close();
        }
        if (pod != null) {
            pod.close();
        }
    }

    @BeforeEach
    void archiveNext() throws IOException {
        segment = pod.cluster().name(++segments);
        pod.cluster().ready(segment);
    }

    @AfterEach
    void heal() throws IOException {
        pod.heal();
        Files.deleteIfExists(pod.cluster().data().resolve("standby.signal"));
        Files.deleteIfExists(pod.cluster().data().resolve(TARGET));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void archiveFailsUntilTheSegmentIsStoredWhole(FaultCase fault) throws IOException {
        Assumptions.assumeTrue(
                fault != FaultCase.CORRUPTS_THE_REQUEST || kind.checksWhatItIsSent(),
                kind + " takes what it is sent for what was meant");
        pod.proxy().on(WRITES).path(segment).fault(fault.fault());
        assertArchiveFailsOrHasStored(fault);
        pod.heal();
        assertThat(archive()).isEqualTo(new Shim.Result(0, ""));
        assertThat(pod.stored(segment)).isEqualTo(pod.cluster().content(segment));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void archiveFailsWhileNothingOfTheStoreWorks(FaultCase fault) throws IOException {
        Assumptions.assumeTrue(
                fault != FaultCase.CORRUPTS_THE_REQUEST || kind.checksWhatItIsSent(),
                kind + " takes what it is sent for what was meant");
        pod.proxy().on().fault(fault.fault());
        assertArchiveFailsOrHasStored(fault);
    }

    @Test
    void aLostAnswerIsFoundToBeTheSameFileAndIsSuccess() throws IOException {
        pod.proxy().on(WRITES).path(segment).times(1).fault(new Fault.LoseAnswer());
        assertThat(archive()).isEqualTo(new Shim.Result(0, ""));
        assertThat(pod.stored(segment)).isEqualTo(pod.cluster().content(segment));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void restoreStopsRecoveryAndDoesNotEndItWhileTheSegmentCannotBeRead(FaultCase fault) throws IOException {
        store();
        pod.proxy().on(RequestKind.GET).path(segment).fault(fault.fault());
        assertRestored(fault, STOPS_RECOVERY);
        pod.heal();
        assertRestoredWhole();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void restoreStopsRecoveryAndDoesNotEndItWhileNothingOfTheStoreWorks(FaultCase fault) throws IOException {
        store();
        pod.proxy().on().fault(fault.fault());
        assertRestored(fault, STOPS_RECOVERY);
    }

    @ParameterizedTest
    @EnumSource(names = {"REFUSES_CONNECTIONS", "HANGS", "RESETS_WITHIN_THE_ANSWER", "ACCESS_DENIED_403", "PAGE_404"})
    void aStandbyIsNotStopped(FaultCase fault) throws IOException {
        store();
        Files.writeString(pod.cluster().data().resolve("standby.signal"), "");
        pod.proxy().on().fault(fault.fault());
        assertRestored(fault, ABSENT);
        pod.heal();
        assertRestoredWhole();
    }

    /** What one request denies and another one shows is not proven absent. */
    @Test
    void aStoreThatContradictsItselfStopsRecovery() throws IOException {
        store();
        pod.proxy().on(RequestKind.GET).path(segment).fault(Fault.answer(404, "NoSuchKey", "BlobNotFound"));
        assertThat(restore().exit()).isEqualTo(STOPS_RECOVERY);
    }

    /** An ingress without a back end, a bucket that was deleted, an answer from somebody else: all say 404. */
    @ParameterizedTest
    @MethodSource("cases")
    void whatIsNotThereIsNotProvenAbsentWhileNothingOfTheStoreWorks(FaultCase fault) {
        Assumptions.assumeFalse(
                Set.of(FaultCase.CORRUPTS_THE_REQUEST, FaultCase.CORRUPTS_THE_ANSWER, FaultCase.SHORTENS_THE_ANSWER)
                        .contains(fault),
                "the answers that count come through");
        pod.proxy().on().fault(fault.fault());
        assertThat(restore(fault).exit()).as("%s", fault).isEqualTo(STOPS_RECOVERY);
        pod.heal();
        assertThat(restore().exit()).isEqualTo(ABSENT);
    }

    private void assertArchiveFailsOrHasStored(FaultCase fault) throws IOException {
        Shim.Result result = archive(shim(fault));
        if (result.exit() == 0) {
            assertThat(pod.stored(segment))
                    .as("%s", fault)
                    .isEqualTo(pod.cluster().content(segment));
            return;
        }
        assertThat(result.exit()).as("%s: %s", fault, result).isIn(archiveExits(fault));
        assertThat(result.stderr()).contains(segment).contains("repository \"main\"");
        if (pod.hasStored(segment)) { // It was told nothing, and may be wrong about it: but then it is whole.
            assertThat(pod.stored(segment))
                    .as("%s", fault)
                    .isEqualTo(pod.cluster().content(segment));
        }
    }

    private static Set<Integer> archiveExits(FaultCase fault) {
        return fault.reasons().stream()
                .map(reason -> switch (reason) {
                    case UNAVAILABLE -> 47;
                    case DENIED -> 48;
                    case EXISTS, OTHER, NOT_FOUND -> 42;
                })
                .collect(Collectors.toSet());
    }

    /** Restored whole, or the exit code that it is to have; the latter unless the fault leaves reads alone. */
    private void assertRestored(FaultCase fault, int failure) throws IOException {
        Shim.Result result = restore(fault);
        if (result.exit() == 0) {
            assertThat(fault).as("%s", result).isEqualTo(FaultCase.CORRUPTS_THE_REQUEST);
            assertThat(restored()).isEqualTo(pod.cluster().content(segment));
        } else {
            assertThat(result.exit()).as("%s: %s", fault, result).isEqualTo(failure);
            assertThat(pod.cluster().data().resolve(TARGET)).doesNotExist();
        }
    }

    private void assertRestoredWhole() throws IOException {
        assertThat(restore()).isEqualTo(new Shim.Result(0, ""));
        assertThat(restored()).isEqualTo(pod.cluster().content(segment));
    }

    private void store() throws IOException {
        assertThat(archive()).isEqualTo(new Shim.Result(0, ""));
        assertThat(pod.stored(segment)).isEqualTo(pod.cluster().content(segment));
    }

    private Shim shim(FaultCase fault) {
        return fault.isSilent() ? new Shim(pod.cluster().data(), hasty.socket()) : pod.shim();
    }

    private Shim.Result archive() throws IOException {
        return archive(pod.shim());
    }

    private Shim.Result archive(Shim shim) throws IOException {
        Shim.Result result = shim.archive("pg_wal/" + segment);
        if (result.exit() == 0 && Files.exists(pod.cluster().wal("archive_status/" + segment + ".ready"))) {
            pod.cluster().archived(segment);
        }
        return result;
    }

    private Shim.Result restore(FaultCase fault) {
        return shim(fault).restore(segment, TARGET);
    }

    private Shim.Result restore() {
        return pod.shim().restore(segment, TARGET);
    }

    private byte[] restored() throws IOException {
        return Files.readAllBytes(pod.cluster().data().resolve(TARGET));
    }
}
