package io.pgsidecar.agent.statuspage;

import io.pgsidecar.agent.backup.BackupRun;
import io.pgsidecar.agent.metrics.ArchiveCounts;
import io.pgsidecar.agent.metrics.CatalogLook;
import io.pgsidecar.agent.metrics.CatalogWatch;
import io.pgsidecar.agent.metrics.DiskLook;
import io.pgsidecar.agent.metrics.RepositoryHistory;
import io.pgsidecar.archive.backup.CatalogEntry;
import io.pgsidecar.archive.wal.ReadyBacklog;
import io.pgsidecar.archive.wal.RepositoryLag;
import io.pgsidecar.k8s.LabelStatus;
import io.pgsidecar.probes.Availability;
import io.pgsidecar.probes.InstanceReport;
import io.pgsidecar.probes.InstanceRole;
import io.pgsidecar.probes.InstanceState;
import io.pgsidecar.probes.Replay;
import io.pgsidecar.probes.ReplayLag;
import io.pgsidecar.probes.ReplayProgress;
import io.pgsidecar.probes.ReplicationClient;
import io.pgsidecar.probes.Subscription;
import io.pgsidecar.probes.metrics.Family;
import io.pgsidecar.probes.metrics.MetricsPage;
import io.pgsidecar.probes.metrics.Sample;
import io.pgsidecar.probes.metrics.Tier;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.postgresql.replication.LogSequenceNumber;

/** Facts of an instance with which all is well, to be changed one by one. */
final class MadeUpStatus {

    static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");
    static final long NANOS = 1_000_000_000_000_000L;

    InstanceState instance = state(Availability.ACCEPTING, InstanceRole.PRIMARY, primary(List.of(), ""));
    List<Verdict> probes = probes(200, 200, "primary, accepting writes at 0/9000000");
    WalCalls archive = WalCalls.NONE;
    WalCalls restore = WalCalls.NONE;
    ArchiveCounts.Totals archived = new ArchiveCounts.Totals(0, 0, 0, 0, Optional.empty());
    ArchiveRate.Rate rate = ArchiveRate.Rate.NONE;
    Optional<DiskLook> disks = disk(0.4, ReadyBacklog.NONE, Duration.ofSeconds(5));
    List<StatusFacts.StoredIn> repositories = List.of(stored("main", look(history(3))));
    Optional<BackupRun> backup = Optional.empty();
    Optional<LabelStatus> label = Optional.empty();
    Optional<MetricsPage> metrics = Optional.empty();
    RoleHistory.Kept history = new RoleHistory.Kept(
            List.of(new RoleHistory.Change(
                    NOW.minusSeconds(90_000), InstanceRole.PRIMARY, Availability.ACCEPTING, 2, "primary")),
            0);

    StatusFacts facts() {
        return new StatusFacts(
                NOW,
                NANOS,
                new StatusFacts.Who("postgres-0", "orders", "0.1.0"),
                new StatusFacts.Looks(Duration.ofSeconds(15), Duration.ofMinutes(5)),
                instance,
                probes,
                history,
                archive,
                restore,
                archived,
                rate,
                disks,
                repositories,
                backup,
                label,
                metrics);
    }

    Headline headline() {
        return Headline.of(facts());
    }

    static List<Verdict> probes(int live, int ready, String reason) {
        return List.of(
                new Verdict("startup", "/startupz", 200, reason),
                new Verdict("live", "/livez", live, reason),
                new Verdict("ready", "/readyz", ready, reason),
                new Verdict("primary", "/primary", ready, reason),
                new Verdict("replica", "/replica", 503, "no replica: " + reason));
    }

    static InstanceState state(Availability availability, InstanceRole role, InstanceReport report) {
        return new InstanceState(
                availability,
                role,
                role == InstanceRole.PRIMARY ? "primary, accepting writes at 0/9000000" : "as it is",
                NOW,
                NANOS - 300_000_000L,
                NANOS - 300_000_000L,
                null,
                report);
    }

    static InstanceReport primary(List<ReplicationClient> clients, String synchronousStandbys) {
        return report(lsn("0/9000000"), null, clients, synchronousStandbys, List.of());
    }

    static InstanceReport replica(ReplayProgress.Activity activity, Duration held) {
        Replay replay = new Replay(
                lsn("0/9000000"),
                lsn("0/8000000"),
                activity == ReplayProgress.Activity.PAUSED,
                NOW,
                true,
                null,
                null,
                new ReplayProgress(activity, lsn("0/8000000"), held.isZero() ? null : NANOS - held.toNanos()),
                new ReplayLag(0x1000000L, NANOS - held.toNanos(), NANOS));
        return report(null, replay, List.of(), "", List.of());
    }

    static InstanceReport report(
            @Nullable LogSequenceNumber written,
            @Nullable Replay replay,
            List<ReplicationClient> clients,
            String synchronousStandbys,
            List<Subscription> subscriptions) {
        return new InstanceReport(
                170006,
                "7268616322854375442",
                2,
                NOW.minusSeconds(90_000),
                written,
                replay,
                clients,
                synchronousStandbys,
                false,
                false,
                true,
                subscriptions,
                null);
    }

    static ReplicationClient standby(String name, String syncState) {
        LogSequenceNumber at = lsn("0/8FF0000");
        return new ReplicationClient("replicator", name, "10.0.0.2", "streaming", syncState, 1, at, at, at, at);
    }

    static LogSequenceNumber lsn(String text) {
        return LogSequenceNumber.valueOf(text);
    }

    static Optional<DiskLook> disk(double used, ReadyBacklog ready, Duration age) {
        long size = 100L << 30;
        long taken = (long) (size * used);
        return Optional.of(new DiskLook(
                Map.of("pgdata", new DiskLook.Volume(size, taken, size - taken)),
                Optional.of(ready),
                NANOS - age.toNanos()));
    }

    static ReadyBacklog waiting(long files, Duration oldest) {
        return new ReadyBacklog(files, Optional.of(NOW.minus(oldest)));
    }

    static WalCalls failing(Duration since, Duration last, String text) {
        return new WalCalls(
                Map.of("repository_unavailable", 3L),
                Optional.empty(),
                Optional.of(new WalCalls.Call("000000020000000000000009", NOW.minus(last), text)),
                Optional.of(NOW.minus(since)));
    }

    /** A backup a day, and WAL up to now. */
    static RepositoryHistory history(int backups) {
        List<RepositoryHistory.Backup> all = new ArrayList<>();
        for (int i = 0; i < backups; i++) {
            all.add(backup(NOW.minus(Duration.ofDays(i)).minusSeconds(7200), CatalogEntry.State.DONE, true));
        }
        return new RepositoryHistory(
                all, 0, List.of(range(2, NOW.minus(Duration.ofDays(backups)), NOW.minusSeconds(30))), List.of());
    }

    static RepositoryHistory.Backup backup(Instant begun, CatalogEntry.State state, boolean leads) {
        return new RepositoryHistory.Backup(
                begun.toString().replaceAll("[-:]", "").substring(0, 15),
                state,
                begun,
                state == CatalogEntry.State.DONE ? Optional.of(begun.plusSeconds(250)) : Optional.empty(),
                2,
                Optional.of(3L << 30),
                1L << 30,
                false,
                leads,
                state == CatalogEntry.State.FAILED ? Optional.of("the disk is full") : Optional.empty());
    }

    static RepositoryHistory.Range range(long timeline, Instant from, Instant to) {
        return new RepositoryHistory.Range(
                timeline, "00000002000000000000000%d".formatted(timeline), "000000020000000000000042", 64, from, to);
    }

    static CatalogLook look(RepositoryHistory history) {
        List<RepositoryHistory.Backup> good = history.backups().stream()
                .filter(backup -> backup.state() == CatalogEntry.State.DONE)
                .toList();
        Optional<CatalogLook.Good> newest = good.stream().findFirst().map(MadeUpStatus::good);
        Optional<CatalogLook.Good> oldest = good.reversed().stream().findFirst().map(MadeUpStatus::good);
        return new CatalogLook(
                Map.of(CatalogEntry.State.DONE, good.size()),
                oldest,
                newest,
                Optional.empty(),
                Optional.empty(),
                good.stream()
                        .filter(RepositoryHistory.Backup::leads)
                        .reduce((one, other) -> other)
                        .map(first ->
                                new CatalogLook.Window(first.ended().orElseThrow(), Optional.of(NOW.minusSeconds(30)))),
                Optional.of(new CatalogLook.Wal(64, 1L << 30, 0, 2, Optional.of(NOW.minusSeconds(30)))),
                history);
    }

    private static CatalogLook.Good good(RepositoryHistory.Backup backup) {
        return new CatalogLook.Good(backup.begun(), backup.ended().orElseThrow(), backup.bytes(), backup.storedBytes());
    }

    static StatusFacts.StoredIn stored(String name, @Nullable CatalogLook look) {
        return new StatusFacts.StoredIn(
                new CatalogWatch.Seen(name, look, NANOS - 60_000_000_000L, Optional.empty(), 1, 0), Optional.empty());
    }

    static StatusFacts.StoredIn away(String name, Duration since, String why) {
        return new StatusFacts.StoredIn(
                new CatalogWatch.Seen(
                        name,
                        null,
                        NANOS - since.toNanos(),
                        Optional.of(new CatalogWatch.Failure(why, NOW.minus(since))),
                        3,
                        3),
                Optional.empty());
    }

    static StatusFacts.StoredIn behind(String name, String why) {
        return new StatusFacts.StoredIn(
                stored(name, look(history(1))).seen(),
                Optional.of(new RepositoryLag(
                        name, 12, Optional.of(NOW.minusSeconds(600)), true, Optional.empty(), Optional.of(why))));
    }

    static MetricsPage slots(String name, boolean active, String status) {
        Map<String, String> bySlot = Map.of("slot_name", name, "database", "");
        Map<String, String> byType = Map.of("slot_name", name, "slot_type", "physical");
        return new MetricsPage(
                List.of(List.of(
                        family("pg_replication_slots_active", new Sample(bySlot, active ? 1 : 0)),
                        family("pg_replication_slots_pg_wal_lsn_diff", new Sample(bySlot, 5 << 20)),
                        family("pg_replication_slots_slot_is_active", new Sample(byType, active ? 1 : 0)),
                        family("pg_replication_slots_safe_wal_size_bytes", new Sample(byType, Double.NaN)),
                        family(
                                "pg_replication_slots_wal_status",
                                new Sample(
                                        Map.of("slot_name", name, "slot_type", "physical", "wal_status", status), 1)))),
                List.of(),
                Map.of(Tier.FAST, Duration.ofSeconds(4)));
    }

    static Family family(String name, Sample... samples) {
        return new Family(name, Family.Type.GAUGE, "", List.of(samples));
    }
}
