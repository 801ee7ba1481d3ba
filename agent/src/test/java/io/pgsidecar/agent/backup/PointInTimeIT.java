package io.pgsidecar.agent.backup;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.agent.pod.Pod;
import io.pgsidecar.agent.pod.PodFolder;
import io.pgsidecar.agent.pod.Program;
import io.pgsidecar.archive.faults.ProxiedStore;
import io.pgsidecar.probes.postgres.PostgresBinaries;
import io.pgsidecar.probes.postgres.PostgresServer;
import io.pgsidecar.probes.postgres.RunAs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Backups under load, restored to a time, an LSN, a name and a transaction: the ledger has exactly what was committed by
 * then. Each version once with some store, compression and target; each with all of them by {@code mvn verify -Plong}.
 */
class PointInTimeIT {

    private static final List<String> TARGETS = List.of("time", "lsn", "name", "xid");
    private static final String RECIPIENT = "age146q598s0047j72sy4a7yvlfxugyh8l7x4cj5elmfl4734wa8ku5qu59usp";
    private static final String IDENTITY = "AGE-SECRET-KEY-1QGYY87NTS6KXZN29CZULW8TYMLAM4D6VW3YP0WXKC85Z0KT6ZUTSSGUGFF";

    /** Where a repository is. */
    enum Place {
        FOLDER,
        S3MOCK,
        AZURITE
    }

    /**
     * One case.
     *
     * @param compression of backup and WAL
     * @param targets a restore for each
     */
    record Case(int major, Place place, String compression, boolean encrypted, List<String> targets) {}

    static List<Case> cases() {
        if (!Boolean.getBoolean("pgsidecar.long")) {
            return List.of(
                    new Case(14, Place.FOLDER, "lz4", false, List.of("time")),
                    new Case(15, Place.S3MOCK, "zstd", true, List.of("lsn")),
                    new Case(16, Place.AZURITE, "zstd", false, List.of("name")),
                    new Case(17, Place.FOLDER, "none", true, List.of("xid")),
                    new Case(18, Place.S3MOCK, "gzip", false, List.of("lsn", "time")));
        }
        List<String> compressions = List.of("zstd", "lz4", "gzip", "none");
        List<Case> all = new ArrayList<>();
        for (int major = 14; major <= 18; major++) {
            for (Place place : Place.values()) {
                int n = all.size();
                all.add(new Case(major, place, compressions.get(n % 4), n % 2 == 1, TARGETS));
            }
        }
        return all;
    }

    @TempDir(factory = PodFolder.class)
    Path home;

    private final List<AutoCloseable> opened = new ArrayList<>();

    @ParameterizedTest
    @MethodSource("cases")
    void theLedgerHasWhatWasCommittedByThen(Case each) throws Exception {
        Path space = Files.createDirectory(home.resolve("space"));
        RunAs.own(space);
        List<String> settings = settings(each);
        try (Pod pod = Pod.create(each.major(), home.resolve("a"), home.resolve("r"), "--data-checksums")) {
            configure(pod, settings);
            pod.start();
            pod.server()
                    .execute(
                            "CREATE TABLESPACE far LOCATION '" + space + "'",
                            "CREATE TABLE there TABLESPACE far AS SELECT g FROM generate_series(1, 20000) g");
            Ledger.createIn(pod.server());
            long written;
            try (Ledger ledger = Ledger.write(pod.server(), 0)) {
                Program backup = Program.run(pod, "backup", "now");
                assertThat(backup.exit()).as(backup.out() + pod.agent().log()).isZero();
                long sofar = ledger.committed();
                pod.server().await("more is written", () -> ledger.committed() > sofar + 50);
            }
            String expected = Ledger.content(pod.server());
            written = Long.parseLong(pod.server().query("SELECT max(n) FROM ledger"));
            Map<String, String> targets = targets(pod.server());
            try (Ledger ledger = Ledger.write(pod.server(), written)) {
                pod.server().await("more is written", () -> ledger.committed() > written + 50);
            }
            pod.switchAndArchive();
            for (String target : each.targets()) {
                restored(pod, each, settings, target, targets.get(target), expected);
            }
        } finally {
            for (AutoCloseable part : opened.reversed()) {
                part.close();
            }
        }
    }

    /** Where recovery is to end, said in each way. */
    private static Map<String, String> targets(PostgresServer server) {
        Map<String, String> targets = new LinkedHashMap<>();
        targets.put("xid", server.query("SELECT xmin FROM ledger ORDER BY n DESC LIMIT 1"));
        targets.put("time", server.query("SELECT clock_timestamp()"));
        targets.put("lsn", server.query("SELECT pg_current_wal_insert_lsn()"));
        server.execute("SELECT pg_create_restore_point('before the mistake')");
        targets.put("name", "before the mistake");
        return targets;
    }

    private void restored(
            Pod from, Case each, List<String> settings, String target, @Nullable String value, String expected)
            throws Exception {
        Path there = Files.createDirectories(home.resolve(target + "/pg"));
        Path spaceThere = home.resolve(target + "/space");
        RunAs.own(home.resolve(target));
        Path agent = home.resolve(target).resolve("agent");
        Program restore = Program.run(
                from,
                "restore",
                "--target-" + target,
                String.valueOf(value),
                // The servers that were restored before have promoted, and so begun later ones.
                "--timeline",
                "1",
                "--to",
                there.resolve("data").toString(),
                "--tablespace",
                home.resolve("space") + "=" + spaceThere,
                "--restore-command",
                from.app().shim() + " --socket " + agent.resolve("agent.sock") + " restore %f %p");
        assertThat(restore.exit()).as(restore.out()).isZero();
        try (Pod pod = Pod.of(
                home.resolve(target),
                from.app(),
                PostgresServer.over(PostgresBinaries.fromMaven(each.major()), there),
                home.resolve("r"))) {
            configure(pod, settings);
            pod.start();
            pod.server().awaitQuery("SELECT pg_get_wal_replay_pause_state()", "paused");
            assertThat(Ledger.content(pod.server())).as("by " + target).isEqualTo(expected);
            assertThat(pod.server().query("SELECT count(*) FROM there")).isEqualTo("20000");
            pod.server().execute("SELECT pg_wal_replay_resume()");
            pod.server().awaitQuery("SELECT pg_is_in_recovery()", "f");
            assertThat(Ledger.content(pod.server())).as("promoted").isEqualTo(expected);
        }
    }

    private static void configure(Pod pod, List<String> settings) {
        List<String> repository = settings.stream()
                .filter(line -> line.startsWith("repositories."))
                .toList();
        if (!repository.isEmpty()) {
            pod.agent().keepIn(repository);
        }
        settings.stream().filter(line -> !line.startsWith("repositories.")).forEach(line -> {
            int colon = line.indexOf(": ");
            pod.agent().set(line.substring(0, colon), line.substring(colon + 2));
        });
    }

    private List<String> settings(Case each) throws Exception {
        List<String> settings = new ArrayList<>(List.of(
                "archive.compression: " + each.compression(),
                "backup.compression: " + each.compression(),
                "backup.tarSize: 16MB"));
        if (each.encrypted()) {
            Path identity = Files.writeString(home.resolve("identity"), IDENTITY);
            RunAs.own(identity);
            settings.add("encryption.recipients: " + RECIPIENT);
            settings.add("encryption.identityFile: " + identity);
        }
        if (each.place() != Place.FOLDER) {
            Path folder = Files.createDirectory(home.resolve("store"));
            ProxiedStore store = ProxiedStore.start(
                    each.place() == Place.S3MOCK ? ProxiedStore.Kind.S3MOCK : ProxiedStore.Kind.AZURITE, folder);
            opened.add(store);
            RunAs.own(folder);
            settings.addAll(store.settings("backups", ProxiedStore.Tries.of(3, false)));
        }
        return settings;
    }
}
