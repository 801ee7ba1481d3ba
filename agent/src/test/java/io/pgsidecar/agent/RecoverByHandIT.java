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
import java.util.HashMap;
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
            String plain = segments.getLast();
            boolean age = shell("command -v age", Map.of()) == 0;
            Path identity = home.resolve("identity");
            if (age) {
                encryptFromHereOn(pod, identity);
                for (String compression : List.of("gzip", "none", "zstd")) {
                    pod.agent().set("archive.compression", compression).start();
                    pod.server().execute("CREATE TABLE t_age_%s (a int)".formatted(compression));
                    segments.add(pod.switchAndArchive());
                    pod.agent().stop();
                }
            }
            Path out = Files.createDirectory(home.resolve("out"));
            Map<String, String> variables = Map.of(
                    "REPOSITORY", home.resolve("r").toString(),
                    "SERVER", "main",
                    "SEGMENT", plain,
                    "IDENTITY", identity.toString(),
                    "OUT", out.toString());

            assertThat(shell(DocsPage.WAL.block("by-hand: one segment"), variables))
                    .isZero();
            assertThat(out).isDirectoryContaining(file -> file.endsWith(plain));
            if (age) {
                Map<String, String> encrypted = new HashMap<>(variables);
                encrypted.put("SEGMENT", segments.getLast());
                assertThat(shell(DocsPage.WAL.block("by-hand: one encrypted segment"), encrypted))
                        .isZero();
                assertThat(out).isDirectoryContaining(file -> file.endsWith(segments.getLast()));
            }
            assertThat(shell(DocsPage.WAL.block("by-hand: everything"), variables))
                    .isZero();
            assertThat(pod.storedSegments().keySet()).containsAll(segments);
            for (String segment : pod.storedSegments().keySet()) {
                assertThat(Files.readAllBytes(out.resolve(segment)))
                        .as(segment)
                        .isEqualTo(Files.readAllBytes(
                                pod.server().data().resolve("pg_wal").resolve(segment)));
            }

            RunAs.own(out);
            restored.server()
                    .configure(DocsPage.WAL
                            .block("by-hand: restore_command")
                            .strip()
                            .replace("$OUT", out.toString()))
                    .touch("recovery.signal")
                    .start();
            restored.server().awaitQuery("SELECT pg_is_in_recovery()", "f");
            assertThat(restored.server().query("SELECT count(*) FROM pg_class WHERE relname LIKE 't\\__%'"))
                    .isEqualTo(age ? "7" : "4");
            assumeThat(age).as("age is installed, for encrypted segments").isTrue();
        }
    }

    /** The agent gets the public key only. */
    private static void encryptFromHereOn(Pod pod, Path identity) throws Exception {
        Map<String, String> variables = Map.of("IDENTITY", identity.toString());
        assertThat(shell("age-keygen -o \"$IDENTITY\"; age-keygen -y \"$IDENTITY\" > \"$IDENTITY.public\"", variables))
                .isZero();
        String recipient = Files.readString(Path.of(identity + ".public")).strip();
        pod.agent().set("encryption.recipients", recipient);
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
