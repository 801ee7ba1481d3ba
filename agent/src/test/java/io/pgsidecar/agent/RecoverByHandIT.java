package io.pgsidecar.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.pgsidecar.agent.pod.Pod;
import io.pgsidecar.agent.pod.PodFolder;
import io.pgsidecar.probes.postgres.RunAs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands of docs/wal.md, run from the page: they bring back each file byte for byte, without the agent. */
class RecoverByHandIT {

    @TempDir(factory = PodFolder.class)
    Path home;

    @BeforeAll
    static void programs() throws Exception {
        for (String program : List.of("zstd", "lz4", "gzip")) {
            assumeThat(shell("command -v " + program, Map.of()))
                    .as(program + " is installed")
                    .isZero();
        }
    }

    @Test
    void bringsBackEveryFileAndAServerRecoversFromThem() throws Exception {
        try (Pod pod = Pod.create(17, home.resolve("a"), home.resolve("r"));
                Pod restored = pod.copy(home.resolve("b"))) {
            pod.server().start();
            List<String> segments = new ArrayList<>();
            for (String compression : List.of("lz4", "gzip", "none", "zstd")) {
                pod.agent().set("archive.compression", compression).start();
                pod.server().execute("CREATE TABLE t_%s AS SELECT generate_series(1, 1000)".formatted(compression));
                segments.add(pod.switchAndArchive());
                pod.agent().stop();
            }
            Path out = Files.createDirectory(home.resolve("out"));
            Map<String, String> variables = Map.of(
                    "REPOSITORY", home.resolve("r").toString(),
                    "SERVER", "main",
                    "SEGMENT", segments.getLast(),
                    "OUT", out.toString());

            assertThat(shell(WalPage.byHand("one segment"), variables)).isZero();
            assertThat(out).isDirectoryContaining(file -> file.endsWith(segments.getLast()));
            assertThat(shell(WalPage.byHand("everything"), variables)).isZero();
            assertThat(pod.storedSegments().keySet()).containsAll(segments);
            for (String segment : pod.storedSegments().keySet()) {
                assertThat(Files.readAllBytes(out.resolve(segment)))
                        .as(segment)
                        .isEqualTo(Files.readAllBytes(
                                pod.server().data().resolve("pg_wal").resolve(segment)));
            }

            RunAs.own(out);
            restored.server()
                    .configure(WalPage.byHand("restore_command").strip().replace("$OUT", out.toString()))
                    .touch("recovery.signal")
                    .start();
            restored.server().awaitQuery("SELECT pg_is_in_recovery()", "f");
            assertThat(restored.server().query("SELECT count(*) FROM pg_class WHERE relname LIKE 't\\__%'"))
                    .isEqualTo("4");
        }
    }

    private static int shell(String script, Map<String, String> variables) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder("sh", "-eu", "-c", script);
        builder.environment().putAll(variables);
        return builder.redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }
}
