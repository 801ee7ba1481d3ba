package io.pgsidecar.agent.quickstart;

import io.pgsidecar.agent.pod.Pod;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** A write load, with the agent killed in the middle of it. */
final class WriteAndKill implements Chapter {

    private static final int CONNECTIONS = 8;
    private static final Duration BEFORE = Duration.ofSeconds(3);
    private static final Duration AT_MOST_BEFORE = Duration.ofSeconds(12);
    private static final int ARCHIVED_BEFORE = 4;
    private static final Duration AWAY = Duration.ofSeconds(1);
    private static final Duration AFTER = Duration.ofSeconds(2);

    @Override
    public String title() {
        return "A write load, and kill -9 of the agent in the middle of it";
    }

    @Override
    public void tell(Stage stage) throws IOException, InterruptedException {
        Narrator narrator = stage.narrator();
        Pod pod = stage.primary();
        String begin = pod.server().query("SELECT pg_current_wal_insert_lsn()");
        Bank.create(pod.server(), CONNECTIONS);
        narrator.tell("%d connections move money between accounts, write it down, send and delete messages"
                .formatted(CONNECTIONS));
        long began = System.nanoTime();
        double seconds;
        try (WriteLoad load = new WriteLoad(pod.server(), CONNECTIONS)) {
            Thread.sleep(BEFORE);
            while (pod.storedSegments().size() < ARCHIVED_BEFORE
                    && Amounts.since(began).compareTo(AT_MOST_BEFORE) < 0) {
                Thread.sleep(200);
            }
            tellProgress(stage, load, began);
            kill(stage, load);
            Thread.sleep(AFTER);
            load.stop();
            seconds = Amounts.since(began).toMillis() / 1000.0;
            long written = Long.parseLong(
                    pod.server().query("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '%s')".formatted(begin)));
            narrator.tell("the load ends: %s and %s in %.1f s, %s/s, %s of WAL"
                    .formatted(
                            Amounts.count(load.transactions(), "transaction"),
                            Amounts.count(load.rows(), "row"),
                            seconds,
                            Amounts.count((long) (load.rows() / seconds), "row"),
                            Amounts.size(written)));
        }
        awaitTheRest(stage);
    }

    private static void tellProgress(Stage stage, WriteLoad load, long began) throws IOException {
        ArchivedWal archived = ArchivedWal.of(stage.primary());
        stage.narrator()
                .tell("%s/s; archived %s, %s kept as %s"
                        .formatted(
                                Amounts.count((long) (load.rows() * 1e9 / (System.nanoTime() - began)), "row"),
                                Amounts.count(archived.segments(), "segment"),
                                Amounts.size(archived.size()),
                                Amounts.size(archived.stored())));
        List<Duration> latencies = ArchivedWal.latencies(stage.primary());
        if (!latencies.isEmpty()) {
            stage.narrator()
                    .tell("from closed by PostgreSQL to archived, a segment takes %s (the median)"
                            .formatted(Amounts.time(latencies.get(latencies.size() / 2))));
        }
    }

    private static void kill(Stage stage, WriteLoad load) throws IOException, InterruptedException {
        Narrator narrator = stage.narrator();
        Pod pod = stage.primary();
        long pid = pod.agent().pid();
        pod.agent().kill();
        int before = pod.storedSegments().size();
        long rows = load.rows();
        narrator.tell("kill -9 %d: the agent is gone".formatted(pid));
        Thread.sleep(AWAY);
        // Also where the disk is so slow that the load alone fills none meanwhile.
        pod.server().execute("SELECT pg_switch_wal()");
        pod.server().await("a segment is due", () -> ArchivedWal.waiting(pod) > 0);
        narrator.tell("PostgreSQL goes on: %s meanwhile, %s waiting to be archived"
                .formatted(
                        Amounts.count(load.rows() - rows, "row"), Amounts.count(ArchivedWal.waiting(pod), "segment")));
        narrator.tell("started the agent again: ready after " + Amounts.time(stage.startAgent(pod)));
        pod.agent().await("archiving goes on", () -> pod.storedSegments().size() > before);
        narrator.prove("archiving went on by itself; %s of PostgreSQL's calls failed meanwhile"
                .formatted(pod.server().query("SELECT failed_count FROM pg_stat_archiver")));
    }

    private static void awaitTheRest(Stage stage) throws IOException {
        Narrator narrator = stage.narrator();
        Pod pod = stage.primary();
        long waiting = ArchivedWal.waiting(pod);
        long began = System.nanoTime();
        String last = pod.switchAndArchive();
        narrator.tell("the last segment, %s, is archived after %s; %s waited before it"
                .formatted(last, Amounts.time(Amounts.since(began)), Amounts.count(waiting, "segment")));
        ArchivedWal archived = ArchivedWal.of(pod);
        narrator.tell("in the repository: %s, %s as %s (%.1f : 1)"
                .formatted(
                        Amounts.count(archived.segments(), "segment"),
                        Amounts.size(archived.size()),
                        Amounts.size(archived.stored()),
                        (double) archived.size() / archived.stored()));
        narrator.tell("the segment that had to wait for the new agent was archived %s after it was closed"
                .formatted(Amounts.time(ArchivedWal.latencies(pod).getLast())));
        proveThatAllIsThere(stage, last);
    }

    private static void proveThatAllIsThere(Stage stage, String last) throws IOException {
        Pod pod = stage.primary();
        List<String> stored = List.copyOf(pod.storedSegments().keySet());
        long expected = Long.parseLong(pod.server()
                .query("SELECT ('x' || substr('%1$s', 9, 8))::bit(32)::bigint * (4294967296 / %2$s)"
                                .formatted(last, "pg_size_bytes(current_setting('wal_segment_size'))")
                        + " + ('x' || substr('%s', 17))::bit(32)::bigint".formatted(last)));
        if (!stored.getLast().equals(last) || stored.size() != expected) {
            throw new StoryException("%d segments were to be stored, the last of them %s; there are %d: %s"
                    .formatted(expected, last, stored.size(), stored));
        }
        int compared = ArchivedWal.compare(pod);
        stage.narrator()
                .prove("none is missing, and %s that PostgreSQL still has %s stored byte for byte"
                        .formatted(
                                compared == stored.size() ? "all" : "the " + compared, compared == 1 ? "is" : "are"));
    }
}
