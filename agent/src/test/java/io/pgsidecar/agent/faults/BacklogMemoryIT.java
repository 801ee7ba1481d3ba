package io.pgsidecar.agent.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.pgsidecar.agent.pod.PodFolder;
import io.pgsidecar.agent.pod.Shim;
import io.pgsidecar.archive.faults.ProxiedStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Segments of 16 MB wait to be archived, more than the budget of memory would hold: it does not grow with them, while
 * they go in parallel. Fifty to S3; with {@code mvn verify -Plong} a hundred, and to Azure too.
 */
class BacklogMemoryIT {

    private static final boolean LONG = Boolean.getBoolean("pgsidecar.long");
    private static final int SEGMENTS = LONG ? 100 : 50;
    private static final int SEGMENT_SIZE = 16 << 20;
    /** The rest is zeros; it makes more than one part in S3, and more than one block in Azure. */
    private static final int NOISE = 6 << 20;

    private static final int BUDGET_MIB = 192;
    private static final Pattern PEAK = Pattern.compile("VmHWM:\\s+(\\d+) kB");

    @TempDir(factory = PodFolder.class)
    private Path home;

    static List<ProxiedStore.Kind> kinds() {
        return LONG ? List.of(ProxiedStore.Kind.S3MOCK, ProxiedStore.Kind.AZURITE) : List.of(ProxiedStore.Kind.S3MOCK);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void aBacklogDrainsWithinTheMemoryBudget(ProxiedStore.Kind kind) throws Exception {
        assumeThat(Path.of("/proc/self/status"))
                .as("the system tells a process's peak memory")
                .exists();
        ProxiedStore.Tries tries = new ProxiedStore.Tries(Duration.ofSeconds(30), Duration.ofSeconds(60), 3);
        try (FaultyPod pod = FaultyPod.create(kind, home, tries, SEGMENT_SIZE, NOISE)) {
            for (int n = 1; n <= SEGMENTS; n++) {
                pod.cluster().ready(pod.cluster().name(n));
            }
            pod.agent().start();
            long idle = peakMebibytes(pod);
            long began = System.nanoTime();
            for (int n = 1; n <= SEGMENTS; n++) {
                String segment = pod.cluster().name(n);
                assertThat(pod.shim().archive("pg_wal/" + segment)).isEqualTo(new Shim.Result(0, ""));
                pod.cluster().archived(segment);
                Files.delete(pod.cluster().wal(segment));
            }
            long peak = peakMebibytes(pod);
            System.out.println(
                    "BacklogMemoryIT: %s: %d segments of 16 MB in %d ms; at most %d MiB resident, %d MiB after the start"
                            .formatted(kind, SEGMENTS, (System.nanoTime() - began) / 1_000_000, peak, idle));
            assertThat(peak).isLessThanOrEqualTo(BUDGET_MIB);
            for (int n : new int[] {1, SEGMENTS / 2, SEGMENTS}) {
                String segment = pod.cluster().name(n);
                assertThat(pod.stored(segment))
                        .as(segment)
                        .isEqualTo(pod.cluster().content(segment));
            }
        }
    }

    /** {@code VmHWM}, the most that was ever resident. */
    private static long peakMebibytes(FaultyPod pod) throws IOException {
        Matcher m = PEAK.matcher(
                Files.readString(Path.of("/proc", Long.toString(pod.agent().pid()), "status")));
        assertThat(m.find()).isTrue();
        return Long.parseLong(m.group(1)) / 1024;
    }
}
