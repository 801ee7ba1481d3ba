package io.pgsidecar.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.pgsidecar.agent.pod.Pod;
import io.pgsidecar.agent.pod.PodFolder;
import io.pgsidecar.agent.pod.Shim;
import io.pgsidecar.probes.postgres.RunAs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The repository fails while PostgreSQL writes: nothing is lost, the log says why, and it goes on by itself. */
class RepositoryFailureIT {

    @TempDir(factory = PodFolder.class)
    Path home;

    @Test
    void aMissingFolderIsNotMadeAndArchivingGoesOnWhenItIsBack() throws Exception {
        try (Pod pod = Pod.create(15, home.resolve("a"), home.resolve("r"))) {
            Files.delete(home.resolve("r"));
            pod.start();
            pod.server().execute("SELECT pg_switch_wal()");
            pod.server().awaitQuery("SELECT failed_count > 0 FROM pg_stat_archiver", "t");
            assertThat(pod.server().log()).contains("does not exist; mount its volume or create it");
            assertThat(home.resolve("r")).doesNotExist();
            assertThat(failed(pod).exit()).isEqualTo(47);

            Files.createDirectory(home.resolve("r"));
            RunAs.own(home.resolve("r"));
            String last = pod.switchAndArchive();
            assertThat(pod.storedSegments()).containsKey(last);
            assertNothingIsMissing(pod);
        }
    }

    @Test
    void aFolderThatCannotBeWrittenIsDenied() throws Exception {
        try (Pod pod = Pod.create(16, home.resolve("a"), home.resolve("r"))) {
            // Root's own folder for the agent's user, which is the same to a plain user as one without write bits.
            Files.delete(home.resolve("r"));
            Files.createDirectory(
                    home.resolve("r"),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("r-xr-xr-x")));
            pod.start();
            pod.server().execute("SELECT pg_switch_wal()");
            pod.server().awaitQuery("SELECT failed_count > 0 FROM pg_stat_archiver", "t");
            Shim.Result result = failed(pod);
            assertThat(result.exit()).isEqualTo(48);
            assertThat(result.stderr()).contains("Permission denied");

            Files.setPosixFilePermissions(home.resolve("r"), PosixFilePermissions.fromString("rwxrwxrwx"));
            pod.switchAndArchive();
            assertNothingIsMissing(pod);
        }
    }

    @Test
    void aFullDiskKeepsTheSegmentsAndLeavesNoRubble() throws Exception {
        assumeThat(RunAs.root())
                .as("a small file system can be mounted by root only")
                .isTrue();
        Path full = Files.createDirectory(home.resolve("r"));
        assumeThat(run("mount", "-t", "tmpfs", "-o", "size=3m,mode=777", "tmpfs", full.toString()))
                .as("mount works")
                .isZero();
        try (Pod pod = Pod.create(14, home.resolve("a"), full)) {
            pod.agent().set("archive.compression", "none");
            pod.start();
            pod.server().execute("SELECT pg_switch_wal()");
            pod.server().awaitQuery("SELECT failed_count > 0 FROM pg_stat_archiver", "t");
            Shim.Result result = failed(pod);
            assertThat(result.exit()).isEqualTo(47);
            assertThat(result.stderr()).contains("No space left on device");
            // PostgreSQL's archiver may be at it just now.
            pod.agent().await("nothing is left", () -> {
                try (var left = Files.newDirectoryStream(full.resolve(".pgsidecar-tmp"))) {
                    return !left.iterator().hasNext();
                }
            });

            assertThat(run("mount", "-o", "remount,size=200m", full.toString())).isZero();
            pod.switchAndArchive();
            assertNothingIsMissing(pod);
        } finally {
            run("umount", "-l", full.toString());
        }
    }

    /** One call for the oldest segment that waits. */
    private static Shim.Result failed(Pod pod) throws IOException {
        try (var ready = Files.newDirectoryStream(pod.server().data().resolve("pg_wal/archive_status"), "*.ready")) {
            String name = ready.iterator().next().getFileName().toString().replace(".ready", "");
            return pod.shim().archive("pg_wal/" + name);
        }
    }

    private static void assertNothingIsMissing(Pod pod) throws IOException {
        List<String> stored = List.copyOf(pod.storedSegments().keySet());
        for (int i = 1; i <= stored.size(); i++) {
            assertThat(stored.get(i - 1)).endsWith("%08X".formatted(i));
        }
        for (String name : stored) {
            assertThat(Pod.content(pod.stored(name)))
                    .isEqualTo(Files.readAllBytes(
                            pod.server().data().resolve("pg_wal").resolve(name)));
        }
    }

    private static int run(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command).inheritIO().start().waitFor();
    }
}
