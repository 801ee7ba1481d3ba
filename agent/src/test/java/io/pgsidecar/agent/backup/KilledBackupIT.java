package io.pgsidecar.agent.backup;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pgsidecar.agent.pod.Pod;
import io.pgsidecar.agent.pod.PodFolder;
import io.pgsidecar.agent.pod.Program;
import io.pgsidecar.archive.faults.Fault;
import io.pgsidecar.archive.faults.ProxiedStore;
import io.pgsidecar.archive.repository.ObjectInfo;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.filesystem.FilesystemStore;
import io.pgsidecar.probes.postgres.PostgresBinaries;
import io.pgsidecar.probes.postgres.PostgresServer;
import io.pgsidecar.probes.postgres.RunAs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Backups that are struck at random moments: the agent is killed, PostgreSQL is killed or stopped at once, the store is
 * away or fails. None is offered for a restore unless it restores, and each is followed by one that succeeds. A few; 50 by
 * {@code mvn verify -Plong}.
 */
class KilledBackupIT {

    private static final long SEED = Long.getLong("pgsidecar.seed", new Random().nextLong());
    private static final int ROUNDS = Boolean.getBoolean("pgsidecar.long") ? 25 : 2;
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Where the repository is. */
    enum Place {
        FOLDER,
        S3MOCK
    }

    /** What happens to a backup. */
    enum Blow {
        AGENT_KILLED,
        STORE_AWAY,
        POSTGRES_KILLED,
        STORE_FAILING,
        POSTGRES_STOPPED
    }

    @TempDir(factory = PodFolder.class)
    Path home;

    private final Random random = new Random(SEED);
    private @Nullable ProxiedStore store;

    /** The last row that was committed before each backup was begun, as far as it has a name. */
    private final Map<String, Long> before = new HashMap<>();

    @ParameterizedTest
    @EnumSource(Place.class)
    void noneIsOfferedThatDoesNotRestore(Place place) throws Exception {
        System.out.println("KilledBackupIT: " + place + ", -Dpgsidecar.seed=" + SEED);
        try (Pod pod = pod(place)) {
            pod.start();
            pod.server()
                    .execute(
                            "CREATE TABLE large AS SELECT g, repeat(md5(g::text), 8) FROM generate_series(1, 50000) g");
            Ledger.createIn(pod.server());
            Undisturbed undisturbed = undisturbed(pod);
            TreeSet<String> struckButDone = new TreeSet<>();
            String last = undisturbed.id();
            for (int round = 0; round < ROUNDS; round++) {
                Blow blow = blow(round, place);
                long beginning = write(pod.server());
                Program ended = struck(pod, blow, undisturbed.duration());
                String story = "round %d, %s:%n%s".formatted(round, blow, ended.out());
                undisturbed = undisturbed(pod);
                String next = undisturbed.id();
                for (JsonNode backup : list(pod)) {
                    String id = backup.path("id").asText();
                    String state = backup.path("state").asText();
                    assertThat(state).as(story + backup).isIn("done", "failed", "dead", "running");
                    if (before.putIfAbsent(id, beginning) == null && state.equals("done")) {
                        struckButDone.add(id);
                    }
                    if (id.equals(next)) {
                        assertThat(state).as(story + backup).isEqualTo("done");
                    }
                }
                last = next;
            }
            // What a killed agent left counts as alive for two minutes; then the next backup sweeps it.
            if (place == Place.FOLDER) {
                age(pod);
                last = undisturbed(pod).id();
                assertThat(leftovers(pod, place)).isEmpty();
            }
            struckButDone.add(last);
            System.out.println("KilledBackupIT: done, and restored, are " + struckButDone + " of " + before.size());
            for (String id : struckButDone) {
                restores(pod, id);
            }
        } finally {
            if (store != null) {
                store.close();
            }
        }
    }

    private Blow blow(int round, Place place) {
        // In the few rounds of a short run each place has others.
        int n = round * 2 + (place == Place.FOLDER ? 0 : 1);
        return ROUNDS > 5 ? Blow.values()[random.nextInt(5)] : Blow.values()[n % 5];
    }

    private Pod pod(Place place) throws Exception {
        Pod pod = Pod.create(17, home.resolve("a"), home.resolve("r"), "--data-checksums");
        pod.agent().set("backup.tarSize", "16MB");
        if (place == Place.S3MOCK) {
            Path folder = Files.createDirectory(home.resolve("store"));
            ProxiedStore started = ProxiedStore.start(ProxiedStore.Kind.S3MOCK, folder);
            store = started;
            RunAs.own(folder);
            pod.agent().keepIn(started.settings("backups", ProxiedStore.Tries.of(2, false)));
        }
        return pod;
    }

    /** A backup that nothing happened to. */
    private record Undisturbed(String id, Duration duration) {}

    private Undisturbed undisturbed(Pod pod) throws Exception {
        long beginning = write(pod.server());
        Program backup = Program.run(pod, "backup", "now", "--output", "json");
        assertThat(backup.exit()).as(backup.out() + pod.agent().log()).isZero();
        JsonNode json = JSON.readTree(backup.out());
        before.put(json.path("backup").asText(), beginning);
        return new Undisturbed(json.path("backup").asText(), Duration.ofMillis((long)
                (json.path("seconds").asDouble() * 1000)));
    }

    /** A backup that something happens to; all is well again at the end, and the backup has ended. */
    private Program struck(Pod pod, Blow blow, Duration duration) throws Exception {
        CompletableFuture<Program> backup = Program.begin(pod, "backup", "now");
        pod.agent().await("the backup has begun", () -> state(pod).equals("running") || backup.isDone());
        if (random.nextInt(3) == 0) {
            // The end has the most to go wrong.
            pod.agent()
                    .await(
                            "it waits for WAL",
                            () -> pod.agent().get("/status").body().contains("waiting-for-wal")
                                    || !state(pod).equals("running"));
            Thread.sleep(random.nextInt(500));
        } else {
            Thread.sleep(random.nextLong(duration.toMillis() + 50));
        }
        switch (blow) {
            case AGENT_KILLED -> {
                pod.agent().kill();
                backup.join();
                pod.agent().start();
            }
            case POSTGRES_KILLED, POSTGRES_STOPPED -> {
                if (blow == Blow.POSTGRES_KILLED) {
                    pod.server().kill();
                } else {
                    pod.server().signal("QUIT");
                    int ignored = pod.server().awaitExit();
                }
                pod.server().start();
                backup.join();
            }
            case STORE_AWAY, STORE_FAILING -> {
                Runnable heal = strikeStore(pod, blow);
                Thread.sleep(random.nextInt(3000));
                if (random.nextBoolean()) {
                    backup.join();
                }
                heal.run();
                backup.join();
            }
        }
        return backup.join();
    }

    private Runnable strikeStore(Pod pod, Blow blow) throws Exception {
        ProxiedStore proxied = store;
        if (proxied == null) {
            Path away = home.resolve("away");
            Files.move(pod.repository(), away);
            return () -> assertThat(pod.repository().toFile().exists()
                            || away.toFile().renameTo(pod.repository().toFile()))
                    .as("the repository's folder was made again, where it was taken away")
                    .isTrue();
        }
        if (blow == Blow.STORE_AWAY) {
            proxied.proxy().cut();
        } else {
            proxied.proxy()
                    .strikeAtRandom(
                            random.nextLong(),
                            0.5,
                            List.of(
                                    Fault.slowDown(),
                                    new Fault.Reset(),
                                    new Fault.ResetInRequest(1000),
                                    new Fault.LoseAnswer(),
                                    new Fault.ResetInAnswer(100)));
        }
        return () -> {
            proxied.proxy().heal();
            proxied.proxy().restore();
        };
    }

    private static String state(Pod pod) throws Exception {
        return JSON.readTree(pod.agent().get("/status").body())
                .path("backup")
                .path("state")
                .asText();
    }

    /** Some more rows; the last. */
    private static long write(PostgresServer server) {
        server.execute("INSERT INTO ledger (n, v) SELECT m + g, repeat(md5(g::text), 20) FROM generate_series(1, 50) g,"
                + " (SELECT coalesce(max(n), 0) m FROM ledger) l");
        return Long.parseLong(server.query("SELECT max(n) FROM ledger"));
    }

    private static JsonNode list(Pod pod) throws Exception {
        Program list = Program.run(pod, "backup", "list", "--output", "json");
        assertThat(list.exit()).as(list.out()).isZero();
        return JSON.readTree(list.out()).get(0).path("backups");
    }

    private static void age(Pod pod) throws Exception {
        try (Stream<Path> notes = Files.walk(pod.repository().resolve("main/pgsidecar/backups"))) {
            for (Path note : notes.filter(Files::isRegularFile).toList()) {
                Files.setLastModifiedTime(note, FileTime.from(Instant.now().minusSeconds(300)));
            }
        }
    }

    /** What is stored of backups that are not done. */
    private static List<ObjectKey> leftovers(Pod pod, Place place) throws Exception {
        List<String> done = new ArrayList<>();
        for (JsonNode backup : list(pod)) {
            if (backup.path("state").asText().equals("done")) {
                done.add(backup.path("id").asText());
            } else {
                assertThat(backup.path("state").asText()).isIn("failed", "dead");
            }
        }
        assertThat(place).isEqualTo(Place.FOLDER);
        try (ObjectStore objects = FilesystemStore.open(pod.repository());
                Stream<ObjectInfo> all = objects.list(new ObjectKey("main/base"))) {
            return all.map(ObjectInfo::key)
                    .filter(key -> !done.contains(key.parts().get(2)))
                    .toList();
        }
    }

    private void restores(Pod pod, String id) throws Exception {
        Path there = Files.createDirectories(home.resolve(id).resolve("pg"));
        RunAs.own(home.resolve(id));
        Path socket = home.resolve(id).resolve("agent/agent.sock");
        Program restore = Program.run(
                pod,
                "restore",
                "--backup",
                id,
                "--target-immediate",
                "--to",
                there.resolve("data").toString(),
                "--restore-command",
                pod.app().shim() + " --socket " + socket + " restore %f %p");
        assertThat(restore.exit()).as(restore.out()).isZero();
        PostgresServer server = PostgresServer.over(PostgresBinaries.fromMaven(17), there);
        try (Pod other = Pod.of(home.resolve(id), pod.app(), server, pod.repository())) {
            if (store != null) {
                other.agent().keepIn(store.settings("backups", ProxiedStore.Tries.of(3, false)));
            }
            other.start();
            server.awaitQuery("SELECT pg_get_wal_replay_pause_state()", "paused");
            assertThat(server.query("SELECT count(*) = max(n) AND max(n) >= " + before.get(id) + " FROM ledger"))
                    .as("backup %s has rows without a gap, up to %s at least", id, before.get(id))
                    .isEqualTo("t");
            assertThat(server.query("SELECT count(DISTINCT g) FROM large")).isEqualTo("50000");
        }
    }
}
