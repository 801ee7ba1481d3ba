package io.pgsidecar.agent.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.agent.pod.PodFolder;
import io.pgsidecar.agent.pod.Shim;
import io.pgsidecar.archive.faults.Fault;
import io.pgsidecar.archive.faults.ProxiedStore;
import io.pgsidecar.archive.repository.ObjectInfo;
import io.pgsidecar.archive.repository.ObjectKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Archive and restore calls, in PostgreSQL's order, while a fifth of all requests goes wrong; a thousand archive calls
 * with {@code mvn verify -Plong}.
 */
class RandomFaultsIT {

    private static final boolean LONG = Boolean.getBoolean("pgsidecar.long");
    private static final int CALLS = LONG ? 1000 : 40;
    private static final long SEED = Long.getLong("pgsidecar.seed", System.nanoTime());

    /** Not with those that only a server finds out that checks: S3Mock does not. */
    private static final List<Fault> FAULTS = List.of(
            new Fault.Reset(),
            new Fault.ResetInRequest(50_000),
            new Fault.ResetInAnswer(50_000),
            new Fault.Truncate(50_000),
            new Fault.Shorten(50_000),
            new Fault.LoseAnswer(),
            new Fault.Hang(),
            new Fault.HangInAnswer(50_000),
            new Fault.Delay(Duration.ofMillis(100)),
            Fault.answer(400, "InvalidRequest", "InvalidHeaderValue"),
            Fault.answer(403, "AccessDenied", "AuthorizationFailure"),
            Fault.answer(404, "NoSuchBucket", "ContainerNotFound"),
            Fault.page(404),
            Fault.answer(409, "OperationAborted", "SystemInUse"),
            Fault.answer(412, "PreconditionFailed", "ConditionNotMet"),
            Fault.tooManyRequests(0),
            Fault.answer(500, "InternalError"),
            Fault.slowDown());

    @TempDir(factory = PodFolder.class)
    private Path home;

    /** Of 16 MB, a segment goes in several requests. A short run has one size for each store, which the seed tells. */
    static List<Arguments> stores() {
        boolean smallInS3 = new Random(SEED).nextBoolean();
        return Stream.of(
                        Arguments.of(ProxiedStore.Kind.S3MOCK, smallInS3),
                        Arguments.of(ProxiedStore.Kind.AZURITE, !smallInS3),
                        Arguments.of(ProxiedStore.Kind.S3MOCK, !smallInS3),
                        Arguments.of(ProxiedStore.Kind.AZURITE, smallInS3))
                .limit(LONG ? 4 : 2)
                .toList();
    }

    @ParameterizedTest
    @MethodSource("stores")
    void nothingAcknowledgedIsMissingOrDiffersAndNothingStoredIsCalledAbsent(ProxiedStore.Kind kind, boolean small)
            throws Exception {
        int megabytes = small ? 1 : 16;
        int calls = small ? CALLS : CALLS / 6;
        System.out.println("RandomFaultsIT: %s, %d calls, segments of %d MB, -Dpgsidecar.seed=%d"
                .formatted(kind, calls, megabytes, SEED));
        int size = megabytes << 20;
        ProxiedStore.Tries tries = new ProxiedStore.Tries(Duration.ofSeconds(1), Duration.ofSeconds(20), 3);
        try (FaultyPod pod = FaultyPod.create(kind, home, tries, size, size * 2 / 5)) {
            pod.agent().set("restore.retryFor", "1s").set("archive.compressionLevel", "1");
            pod.agent().start();
            pod.proxy().strikeAtRandom(SEED, 0.2, FAULTS);
            List<String> acknowledged = archive(pod, calls);
            int failures = calls - acknowledged.size();
            pod.proxy().heal();
            for (String segment : acknowledged) {
                assertThat(pod.stored(segment))
                        .as(segment)
                        .isEqualTo(pod.cluster().content(segment));
            }
            assertNothingElseIsStored(pod, acknowledged);

            pod.proxy().strikeAtRandom(SEED, 0.2, FAULTS);
            int stopped = restore(pod, acknowledged);
            System.out.println(("RandomFaultsIT: %d segments acknowledged, all stored as written; %d archive and %d"
                            + " restore calls failed; %d of %d requests were struck")
                    .formatted(
                            acknowledged.size(),
                            failures,
                            stopped,
                            pod.proxy().struck(),
                            pod.proxy().seen().size()));
            assertThat(pod.proxy().struck()).isPositive();
            pod.proxy().heal();
            // With nothing in the way, the next call; or the one after it, where the store has answered too slowly.
            String next = "pg_wal/" + pod.cluster().name(acknowledged.size() + 1);
            pod.agent()
                    .await(
                            "the next one is archived",
                            () -> pod.shim().archive(next).equals(new Shim.Result(0, "")));
        }
    }

    /** As PostgreSQL's archiver: the oldest first, and again until it is archived, while more come. */
    private static List<String> archive(FaultyPod pod, int calls) throws IOException {
        List<String> acknowledged = new ArrayList<>();
        int written = 0;
        for (int call = 0; call < calls; call++) {
            while (written < acknowledged.size() + 6) {
                pod.cluster().ready(pod.cluster().name(++written));
            }
            String segment = pod.cluster().name(acknowledged.size() + 1);
            Shim.Result result = pod.shim().archive("pg_wal/" + segment);
            assertThat(result.exit()).as("%s", result).isBetween(0, 125);
            if (result.exit() == 0) {
                acknowledged.add(segment);
                pod.cluster().archived(segment);
                Files.delete(pod.cluster().wal(segment));
            }
        }
        return acknowledged;
    }

    /** What was looked ahead is there as well, and whole. */
    private static void assertNothingElseIsStored(FaultyPod pod, List<String> acknowledged) throws IOException {
        List<String> stored;
        try (Stream<ObjectInfo> objects = pod.direct().list(ObjectKey.of("main/wals"))) {
            stored = objects.map(o -> o.key().name()).toList();
        }
        assertThat(stored).hasSizeGreaterThanOrEqualTo(acknowledged.size());
        for (String name : stored) {
            assertThat(name).matches("[0-9A-F]{24}\\.zst");
            String segment = name.substring(0, 24);
            assertThat(pod.stored(segment)).as(segment).isEqualTo(pod.cluster().content(segment));
        }
    }

    /** How often a restore ended with 255. */
    private static int restore(FaultyPod pod, List<String> stored) throws IOException {
        int stopped = 0;
        Path target = pod.cluster().wal("RECOVERYXLOG");
        for (String segment : stored) {
            Shim.Result result = pod.shim().restore(segment, "pg_wal/RECOVERYXLOG");
            if (result.exit() == 0) {
                assertThat(target).as(segment).hasBinaryContent(pod.cluster().content(segment));
                Files.delete(target);
            } else {
                assertThat(result.exit()).as("%s: %s", segment, result).isEqualTo(255);
                stopped++;
            }
        }
        return stopped;
    }
}
