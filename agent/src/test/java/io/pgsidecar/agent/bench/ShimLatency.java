package io.pgsidecar.agent.bench;

import io.pgsidecar.agent.pod.PackagedApp;
import io.pgsidecar.agent.pod.Pod;
import io.pgsidecar.probes.postgres.RunAs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * How long {@code pgsidecar-wal archive} takes from start to exit, as PostgreSQL waits for it: for a segment that the
 * agent has archived already, and for one that is new to it. In the same rounds {@code true} is started the same way,
 * which is what a process costs that does nothing.
 */
public final class ShimLatency {

    private static final int ROUNDS = 300;
    private static final int NEW_SEGMENTS = 40;

    private ShimLatency() {}

    public static void main(String[] arguments) throws Exception {
        Path home = Files.createTempDirectory(Path.of("/tmp"), "pgsidecar-bench-");
        RunAs.own(home);
        try (Pod pod = Pod.create(17, home.resolve("a"), home.resolve("r"))) {
            pod.start();
            pod.server().execute("ALTER SYSTEM SET archive_command = 'false'", "SELECT pg_reload_conf()");
            pod.server().awaitQuery("SHOW archive_command", "false");
            List<String> segments = new ArrayList<>();
            for (int i = 0; i < NEW_SEGMENTS; i++) {
                segments.add(pod.server().query("SELECT pg_walfile_name(pg_current_wal_lsn())"));
                pod.server()
                        .execute(
                                "CREATE TABLE t%d AS SELECT g, md5(g::text) FROM generate_series(1, 100000) g"
                                        .formatted(i),
                                "SELECT pg_switch_wal()");
            }
            List<Long> fresh = new ArrayList<>();
            for (String segment : segments) {
                fresh.add(time(pod, archive(pod, segment)));
            }
            List<Long> again = new ArrayList<>();
            List<Long> nothing = new ArrayList<>();
            for (int i = 0; i < ROUNDS; i++) {
                nothing.add(time(pod, List.of("true")));
                again.add(time(pod, archive(pod, segments.getFirst())));
            }
            System.out.printf(
                    "pgsidecar-wal: %,d bytes%n", Files.size(PackagedApp.built().shim()));
            report("a process that does nothing (true)", nothing);
            report("archive, segment archived already", again);
            report("archive, new segment of 16 MB, filesystem, zstd", fresh);
        } finally {
            remove(home);
        }
    }

    private static List<String> archive(Pod pod, String segment) {
        return List.of(
                PackagedApp.built().shim().toString(),
                "archive",
                "--socket",
                pod.agent().socket().toString(),
                "pg_wal/" + segment);
    }

    /** Nanoseconds from start to exit. Run as this user: what switches the user is not what is measured. */
    private static long time(Pod pod, List<String> command) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(pod.server().data().toFile())
                .inheritIO();
        long began = System.nanoTime();
        int exit = builder.start().waitFor();
        long took = System.nanoTime() - began;
        if (exit != 0) {
            throw new IllegalStateException(command + " exited with " + exit);
        }
        return took;
    }

    private static void report(String what, List<Long> nanos) {
        long[] sorted = nanos.stream().mapToLong(Long::longValue).toArray();
        Arrays.sort(sorted);
        System.out.printf(
                Locale.ROOT,
                "%-50s n=%-4d min %6.2f ms  median %6.2f ms  p90 %6.2f ms  max %6.2f ms%n",
                what,
                sorted.length,
                sorted[0] / 1e6,
                sorted[sorted.length / 2] / 1e6,
                sorted[sorted.length * 9 / 10] / 1e6,
                sorted[sorted.length - 1] / 1e6);
    }

    private static void remove(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            all.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
        }
    }
}
