package io.pgsidecar.agent.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.agent.pod.PodFolder;
import io.pgsidecar.agent.pod.Shim;
import io.pgsidecar.archive.faults.Fault;
import io.pgsidecar.archive.faults.ProxiedStore;
import io.pgsidecar.archive.faults.RequestKind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@code kill -9} of the agent while a segment goes to an object store in several requests. */
class KilledWhileStoringIT {

    private static final int SEGMENT = 16 << 20;

    /** Does not compress, so that it needs more than one part on each store. */
    private static final int NOISE = 14 << 20;

    private static final ProxiedStore.Tries PATIENT =
            new ProxiedStore.Tries(Duration.ofSeconds(60), Duration.ofSeconds(90), 2);

    @TempDir(factory = PodFolder.class)
    private Path home;

    /** A call that was under way when the agent was killed. */
    private record Interrupted(String segment, CompletableFuture<Shim.Result> call) {}

    @ParameterizedTest
    @EnumSource(names = {"S3MOCK", "AZURITE"})
    void inTheMiddleOfItNothingHalfHasTheNameAndTheNextAgentStoresItAll(ProxiedStore.Kind kind) throws Exception {
        try (FaultyPod pod = FaultyPod.create(kind, home, PATIENT, SEGMENT, NOISE)) {
            Interrupted begun = killWhen(
                    pod,
                    1,
                    segment -> pod.proxy()
                            .on(RequestKind.UPLOAD_PART, RequestKind.PUT_BLOCK)
                            .path(segment)
                            .after(1)
                            .fault(new Fault.Hang()));
            assertThat(pod.hasStored(begun.segment())).isFalse();
            assertTheNextAgentArchives(pod, begun);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"S3MOCK", "AZURITE"})
    void betweenStoringAndItsAnswerTheNextAgentFindsIt(ProxiedStore.Kind kind) throws Exception {
        try (FaultyPod pod = FaultyPod.create(kind, home, PATIENT, SEGMENT, NOISE)) {
            Interrupted begun = killWhen(pod, 2, segment -> {
                pod.proxy()
                        .on(RequestKind.COMPLETE_MULTIPART, RequestKind.PUT_BLOCK_LIST)
                        .path(segment)
                        .times(1)
                        .fault(new Fault.LoseAnswer());
                // So that it cannot find out before it is killed.
                pod.proxy()
                        .on(RequestKind.COMPLETE_MULTIPART, RequestKind.PUT_BLOCK_LIST, RequestKind.HEAD)
                        .path(segment)
                        .fault(new Fault.Hang());
            });
            assertThat(pod.hasStored(begun.segment())).isTrue();
            assertTheNextAgentArchives(pod, begun);
        }
    }

    /** Archives a segment, and kills the agent when so many of its requests are struck. */
    private static Interrupted killWhen(FaultyPod pod, int struck, Consumer<String> faults) throws Exception {
        pod.agent().set("archive.lookAhead", "0").start();
        String first = pod.cluster().name(1);
        pod.cluster().ready(first);
        // Whatever the agent asks a store only once, it has asked before it counts.
        assertThat(pod.shim().archive("pg_wal/" + first).exit()).isZero();
        String segment = pod.cluster().name(2);
        pod.cluster().ready(segment);
        faults.accept(segment);
        // Not in the common pool: it has one thread, and another class's call may have it.
        CompletableFuture<Shim.Result> call = CompletableFuture.supplyAsync(
                () -> pod.shim().archive("pg_wal/" + segment), Thread::startVirtualThread);
        pod.agent().await("requests are struck", () -> pod.proxy().struck() >= struck);
        assertThat(call).isNotDone();
        pod.agent().kill();
        return new Interrupted(segment, call);
    }

    /** The call that was under way asks the next agent by itself; PostgreSQL would repeat it if it did not. */
    private static void assertTheNextAgentArchives(FaultyPod pod, Interrupted begun) throws Exception {
        pod.heal();
        pod.agent().start();
        Shim.Result result = begun.call().get(3, TimeUnit.MINUTES);
        assertThat(result.exit()).as("%s", result).isIn(0, 40);
        assertThat(pod.shim().archive("pg_wal/" + begun.segment())).isEqualTo(new Shim.Result(0, ""));
        assertThat(pod.stored(begun.segment())).isEqualTo(pod.cluster().content(begun.segment()));
    }
}
