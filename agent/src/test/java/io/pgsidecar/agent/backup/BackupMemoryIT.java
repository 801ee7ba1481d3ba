package io.pgsidecar.agent.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.pgsidecar.agent.pod.Pod;
import io.pgsidecar.agent.pod.PodFolder;
import io.pgsidecar.agent.pod.Program;
import io.pgsidecar.archive.faults.ProxiedStore;
import io.pgsidecar.probes.postgres.RunAs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A backup of what does not compress, to S3: the agent's memory does not grow with it. Of 500 MB by {@code -Plong}. */
class BackupMemoryIT {

    private static final int FILES = Boolean.getBoolean("pgsidecar.long") ? 16 : 5;
    private static final int FILE_SIZE = 32 << 20;
    private static final int BUDGET_MIB = 192;
    private static final Pattern PEAK = Pattern.compile("VmHWM:\\s+(\\d+) kB");

    @TempDir(factory = PodFolder.class)
    Path home;

    @Test
    void aBackupStaysWithinTheMemoryBudget() throws Exception {
        assumeThat(Path.of("/proc/self/status"))
                .as("the system tells a process's peak memory")
                .exists();
        Path folder = Files.createDirectory(home.resolve("store"));
        try (ProxiedStore store = ProxiedStore.start(ProxiedStore.Kind.S3MOCK, folder);
                Pod pod = Pod.create(17, home.resolve("a"), home.resolve("r"), "--data-checksums")) {
            RunAs.own(folder);
            pod.agent()
                    .keepIn(store.settings(
                            "backups", new ProxiedStore.Tries(Duration.ofSeconds(30), Duration.ofSeconds(60), 3)));
            Path extra = Files.createDirectory(pod.server().data().resolve("extra"));
            byte[] noise = new byte[FILE_SIZE];
            Random random = new Random(1);
            for (int i = 0; i < FILES; i++) {
                random.nextBytes(noise);
                Files.write(extra.resolve("noise" + i), noise);
            }
            RunAs.own(extra);
            pod.start();
            Program backup = Program.run(pod, "backup", "now");
            assertThat(backup.exit()).as(backup.out() + pod.agent().log()).isZero();
            Matcher m = PEAK.matcher(
                    Files.readString(Path.of("/proc", Long.toString(pod.agent().pid()), "status")));
            assertThat(m.find()).isTrue();
            long peak = Long.parseLong(m.group(1)) / 1024;
            System.out.println("BackupMemoryIT: at most %d MiB resident; %s".formatted(peak, backup.out()));
            assertThat(peak).isLessThanOrEqualTo(BUDGET_MIB);
        }
    }
}
