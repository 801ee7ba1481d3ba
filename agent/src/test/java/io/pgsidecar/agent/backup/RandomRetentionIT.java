package io.pgsidecar.agent.backup;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.agent.Repositories;
import io.pgsidecar.agent.config.ConfigLoader;
import io.pgsidecar.agent.pod.Pod;
import io.pgsidecar.agent.pod.PodFolder;
import io.pgsidecar.agent.pod.Program;
import io.pgsidecar.archive.backup.BackupId;
import io.pgsidecar.archive.backup.BackupInfo;
import io.pgsidecar.archive.backup.BackupPruner;
import io.pgsidecar.archive.backup.CatalogEntry;
import io.pgsidecar.archive.backup.Retention;
import io.pgsidecar.archive.backup.RetentionPlan;
import io.pgsidecar.probes.postgres.PostgresBinaries;
import io.pgsidecar.probes.postgres.PostgresServer;
import io.pgsidecar.probes.postgres.RunAs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.Period;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Backups, restores that begin a timeline, marks and prunes of a real PostgreSQL, in any order: whatever a backup that is
 * left leads to can be restored, and so can all of a window. What leads where is told by PostgreSQL's own histories.
 */
class RandomRetentionIT {

    private static final boolean LONG = Boolean.getBoolean("pgsidecar.long");
    private static final int STEPS = LONG ? 30 : 10;
    private static final int RESTORES = LONG ? 8 : 2;

    /** A moment, and what the ledger was then. */
    private record Point(
            long timeline, long lsn, String xid, String reached, Instant time, String name, String ledger) {}

    static LongStream seeds() {
        Long given = Long.getLong("pgsidecar.seed");
        return given != null ? LongStream.of(given) : new Random().longs(LONG ? 5 : 1, 0, 1_000_000);
    }

    @TempDir(factory = PodFolder.class)
    Path home;

    private final List<String> story = new ArrayList<>();
    private final List<Point> points = new ArrayList<>();
    /** Of each timeline: up to where it is its ancestors'. */
    private final Map<Long, Map<Long, Long>> left = new HashMap<>();

    private final Map<BackupId, BackupInfo> backups = new TreeMap<>();
    private Random random = new Random();
    private int major;
    private int pods;
    private long timeline = 1;
    private @Nullable Pod pod;

    @ParameterizedTest
    @MethodSource("seeds")
    void whatTheRetentionPromisesRestores(long seed) throws Exception {
        System.out.println("RandomRetentionIT: -Dpgsidecar.seed=" + seed);
        random = new Random(seed);
        major = LONG ? 14 + random.nextInt(5) : 17;
        try {
            pod = Pod.create(major, home.resolve("0"), home.resolve("r"), "--wal-segsize=1");
            pod().start();
            Ledger.createIn(pod().server());
            left.put(1L, Map.of());
            backUp();
            mark();
            for (int step = 0; step < STEPS; step++) {
                step();
            }
            prune();
            restoreSome(RESTORES);
        } catch (AssertionError | Exception e) {
            throw new AssertionError("seed %d:%n%s".formatted(seed, String.join("\n", story)), e);
        } finally {
            if (pod != null) {
                pod.close();
            }
        }
    }

    private Pod pod() {
        return Objects.requireNonNull(pod);
    }

    private void step() throws Exception {
        switch (random.nextInt(11)) {
            case 0, 1 -> mark();
            case 2, 3, 4 -> {
                backUp();
                mark();
            }
            case 5, 6 -> {
                promote();
                mark();
            }
            case 7 -> keepOrUnkeep();
            case 8 -> verify();
            default -> {
                prune();
                if (LONG) {
                    restoreSome(1);
                }
            }
        }
    }

    /** Writes, and notes a moment in each way in which it can be called; another transaction follows it. */
    private void mark() {
        PostgresServer server = pod().server();
        write(1 + random.nextInt(20));
        String xid = server.query("SELECT xmin FROM ledger ORDER BY n DESC LIMIT 1");
        String ledger = ledger(server);
        String time = server.query(
                "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')");
        String lsn = server.query("SELECT pg_current_wal_insert_lsn()");
        String name = "point " + points.size();
        long end = lsn(server.query("SELECT pg_create_restore_point('" + name + "')"));
        write(1);
        pod().switchAndArchive();
        points.add(new Point(timeline, end, xid, lsn, OffsetDateTime.parse(time).toInstant(), name, ledger));
        story.add(points.getLast().toString());
    }

    private void write(int rows) {
        for (int i = 0; i < rows; i++) {
            pod().server()
                    .execute(
                            "INSERT INTO ledger SELECT coalesce(max(n), 0) + 1, clock_timestamp(), 'timeline %d' FROM ledger"
                                    .formatted(timeline));
        }
    }

    private static String ledger(PostgresServer server) {
        return server.query("SELECT count(*) || ' ' || md5(string_agg(l::text, ',' ORDER BY n)) FROM ledger l");
    }

    private void backUp() throws Exception {
        Program run = Program.run(pod(), "backup", "now");
        assertThat(run.exit()).as(run.out() + pod().agent().log()).isZero();
        stored().forEach(entry -> entry.info().ifPresent(info -> backups.put(entry.id(), info)));
        story.add("backup " + List.copyOf(backups.keySet()).getLast() + " of timeline " + timeline);
    }

    private void keepOrUnkeep() throws Exception {
        List<CatalogEntry> stored = stored();
        CatalogEntry entry = stored.get(random.nextInt(stored.size()));
        String verb = entry.keep() ? "unkeep" : "keep";
        story.add(verb + " " + entry.id());
        Program run = Program.run(pod(), "backup", verb, entry.id().value());
        assertThat(run.exit()).as(run.out()).isZero();
    }

    private void verify() throws Exception {
        BackupId id = pick(goods());
        Program run = Program.run(pod(), "backup", "verify", id.value());
        story.add("verify " + id);
        assertThat(run.exit()).as(run.out()).isZero();
    }

    /** The cluster is set back to a moment, or to the end of what is archived, and goes on from there. */
    private void promote() throws Exception {
        Point point = pick(reachable());
        boolean latest = random.nextInt(3) == 0;
        story.add(latest ? "to the end of timeline " + timeline : "back to " + point);
        if (latest && random.nextBoolean()) {
            pod().server().stop();
        }
        Pod next = latest ? restored(List.of(), timeline, "promote") : restored(point, "promote");
        pod().close();
        pod = next;
        next.start();
        next.server().awaitQuery("SELECT pg_is_in_recovery()", "f");
        if (!latest) {
            assertThat(ledger(next.server())).as("promoted at %s", point).isEqualTo(point.ledger());
        }
        String segment = next.switchAndArchive();
        timeline = Long.parseLong(segment.substring(0, 8), 16);
        Map<Long, Long> ancestors = new HashMap<>();
        for (String line :
                Files.readAllLines(next.server().data().resolve("pg_wal/%08X.history".formatted(timeline)))) {
            if (!line.isBlank()) {
                String[] parts = line.split("\t", -1);
                ancestors.put(Long.parseLong(parts[0]), lsn(parts[1]));
            }
        }
        assertThat(left.putIfAbsent(timeline, ancestors))
                .as("timeline %d is begun twice", timeline)
                .isNull();
        story.add("timeline " + timeline + " came from " + ancestors);
    }

    private void prune() throws Exception {
        Optional<Integer> redundancy = random.nextInt(3) == 0 ? Optional.empty() : Optional.of(1 + random.nextInt(3));
        Optional<Instant> window = redundancy.isPresent() && random.nextBoolean()
                ? Optional.empty()
                : Optional.of(pick(points).time());
        List<Point> promised = window.isEmpty()
                ? List.of()
                : reachable().stream()
                        .filter(point -> !point.time().isBefore(window.get()))
                        .toList();
        story.add("prune: redundancy %s, window from %s".formatted(redundancy, window));
        // A window has days at least: a test that takes seconds looks at it a day later.
        Instant now = window.map(start -> start.plus(Duration.ofDays(1))).orElse(Instant.now());
        List<BackupId> before = goods();
        List<BackupId> marked = stored().stream()
                .filter(CatalogEntry::keep)
                .map(CatalogEntry::id)
                .toList();
        if (window.isEmpty()) {
            pruneByCommand(redundancy.orElseThrow());
        } else {
            Retention retention = new Retention(redundancy, Optional.of(Period.ofDays(1)), 1);
            try (Repositories repositories = open()) {
                Repositories.Open each = repositories.all().getFirst();
                BackupPruner pruner = new BackupPruner(each.backups(), each.wal(), each.store(), each.layout());
                RetentionPlan plan = pruner.plan(retention, now);
                story.add(plan + " " + pruner.apply(plan, false));
            }
        }
        int atLeast = Math.min(before.size(), redundancy.orElse(1));
        assertThat(goods()).containsAll(marked).containsAll(before.subList(before.size() - atLeast, before.size()));
        Program list = Program.run(pod(), "backup", "list");
        story.add(list.out());
        assertThat(list.exit()).as(list.out()).isZero();
        assertThat(list.out()).doesNotContain("NOTHING");
        assertThat(reachable()).as("of the window").containsAll(promised);
        requireWal();
    }

    private void pruneByCommand(int redundancy) throws Exception {
        Path config = pod().agent().config();
        String without = Files.readString(config);
        Files.writeString(config, without + "\nretention:\n  redundancy: " + redundancy + "\n");
        Program prune = Program.run(pod(), "backup", "prune");
        Files.writeString(config, without);
        story.add(prune.out());
        assertThat(prune.exit()).as(prune.out()).isZero();
    }

    /** Oldest first. */
    private List<BackupId> goods() throws Exception {
        return stored().stream().map(CatalogEntry::id).toList();
    }

    /** Whatever a stored backup leads to has all of its WAL: told by the names of the segments in the folder. */
    private void requireWal() throws Exception {
        var segments = pod().storedSegments().keySet();
        for (CatalogEntry entry : stored()) {
            BackupInfo backup = described(entry);
            for (Point point : points) {
                for (long number = backup.begin().lsn() >> 20;
                        leads(backup, point) && number <= (point.lsn() - 1) >> 20;
                        number++) {
                    String segment =
                            "%08X%08X%08X".formatted(holder(number, point.timeline()), number >> 12, number & 0xFFF);
                    assertThat(segments).as("from %s to %s", backup.id(), point).contains(segment);
                }
            }
        }
    }

    private long holder(long number, long of) {
        return left.getOrDefault(of, Map.of()).entrySet().stream()
                .filter(ancestor -> number < ancestor.getValue() >> 20)
                .mapToLong(Map.Entry::getKey)
                .min()
                .orElse(of);
    }

    private void restoreSome(int count) throws Exception {
        for (int i = 0; i < count; i++) {
            Point point = pick(reachable());
            story.add("restore to " + point);
            try (Pod restored = restored(point, "pause")) {
                restored.start();
                restored.server().awaitQuery("SELECT pg_get_wal_replay_pause_state()", "paused");
                assertThat(ledger(restored.server()))
                        .as("restored to %s", point)
                        .isEqualTo(point.ledger());
            }
        }
    }

    /** By any of its names, from any backup that leads to it. */
    private Pod restored(Point point, String action) throws Exception {
        List<String> targets = switch (random.nextInt(4)) {
            case 0 -> List.of("--target-time", point.time().toString());
            case 1 -> List.of("--target-lsn", point.reached());
            // Nobody knows where those are, so the newest backup may be behind them.
            case 2 -> List.of("--target-xid", point.xid(), "--backup", anyThatLeadsTo(point));
            default -> List.of("--target-name", point.name(), "--backup", anyThatLeadsTo(point));
        };
        return restored(targets, point.timeline(), action);
    }

    private String anyThatLeadsTo(Point point) throws Exception {
        return pick(stored().stream()
                        .map(entry -> described(entry))
                        .filter(backup -> leads(backup, point))
                        .toList())
                .id()
                .value();
    }

    private Pod restored(List<String> targets, long from, String action) throws Exception {
        pods++;
        Path there = home.resolve(Integer.toString(pods));
        Path pg = Files.createDirectories(there.resolve("pg"));
        RunAs.own(there);
        List<String> arguments = new ArrayList<>(List.of("restore"));
        arguments.addAll(targets);
        arguments.addAll(List.of(
                "--timeline",
                Long.toString(from),
                "--action",
                action,
                "--to",
                pg.resolve("data").toString(),
                "--restore-command",
                pod().app().shim() + " --socket " + there.resolve("agent/agent.sock") + " restore %f %p"));
        story.add(String.join(" ", arguments));
        Program restore = Program.run(pod(), arguments.toArray(String[]::new));
        assertThat(restore.exit()).as(restore.out()).isZero();
        return Pod.of(
                there, pod().app(), PostgresServer.over(PostgresBinaries.fromMaven(major), pg), home.resolve("r"));
    }

    private List<Point> reachable() throws Exception {
        List<CatalogEntry> stored = stored();
        return points.stream()
                .filter(point -> stored.stream().anyMatch(entry -> leads(described(entry), point)))
                .toList();
    }

    private BackupInfo described(CatalogEntry entry) {
        return Objects.requireNonNull(backups.get(entry.id()));
    }

    private boolean leads(BackupInfo backup, Point point) {
        long limit = backup.timeline() == point.timeline()
                ? point.lsn()
                : left.getOrDefault(point.timeline(), Map.of()).getOrDefault(backup.timeline(), 0L);
        return backup.end().orElseThrow().lsn() <= limit;
    }

    private List<CatalogEntry> stored() throws Exception {
        try (Repositories repositories = open()) {
            List<CatalogEntry> entries = repositories.all().getFirst().backups().list(Instant.now());
            assertThat(entries).allMatch(entry -> entry.state() == CatalogEntry.State.DONE);
            return entries;
        }
    }

    private Repositories open() throws Exception {
        return Repositories.open(
                ConfigLoader.load(Optional.of(pod().agent().config()), Map.of()).config());
    }

    private <T> T pick(List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    private static long lsn(String text) {
        int slash = text.indexOf('/');
        return (Long.parseLong(text.substring(0, slash), 16) << 32) | Long.parseLong(text.substring(slash + 1), 16);
    }
}
