package io.pgsidecar.agent.metrics;

import io.pgsidecar.agent.backup.PruneTotals;
import io.pgsidecar.archive.backup.CatalogEntry;
import io.pgsidecar.archive.wal.PrefetchStatus;
import io.pgsidecar.archive.wal.ReadyBacklog;
import io.pgsidecar.archive.wal.RepositoryLag;
import io.pgsidecar.k8s.LabelStatus;
import io.pgsidecar.k8s.RoleLabel;
import io.pgsidecar.probes.Availability;
import io.pgsidecar.probes.InstanceReport;
import io.pgsidecar.probes.InstanceRole;
import io.pgsidecar.probes.InstanceState;
import io.pgsidecar.probes.Replay;
import io.pgsidecar.probes.ReplayLag;
import io.pgsidecar.probes.ReplayProgress;
import io.pgsidecar.probes.ReplicationClient;
import io.pgsidecar.probes.Subscription;
import io.pgsidecar.probes.metrics.CollectionFamilies;
import io.pgsidecar.probes.metrics.Family;
import io.pgsidecar.probes.metrics.Tier;
import io.pgsidecar.probes.metrics.queries.CustomQueries;
import io.pgsidecar.probes.metrics.queries.QueryStatus;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.postgresql.replication.LogSequenceNumber;

/** All that the agent can tell of itself, of an instance that has everything. */
final class OwnFamilies {

    static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");
    static final long NANOS = 100_000_000_000L;

    private OwnFamilies() {}

    static List<Family> all() {
        List<Family> all = new ArrayList<>();
        all.add(Exposition.leftOut(0));
        all.addAll(CollectionFamilies.tiers(Map.of(Tier.FAST, Duration.ZERO), Map.of(Tier.FAST, 0)));
        all.add(CollectionFamilies.tablesLeftOut("stat_user_tables", 0));
        all.addAll(CustomQueries.families(Map.of("q", new QueryStatus(NOW, Duration.ZERO, 0, 0, 0, List.of()))));
        all.addAll(BuildFamilies.now());
        all.addAll(ProcessFamilies.now());
        InstanceState primary = primary();
        all.addAll(InstanceFamilies.of(primary, NANOS, new LookCounts(() -> primary)));
        InstanceFamilies.of(replica(), NANOS, new LookCounts(OwnFamilies::replica)).stream()
                .filter(family -> family.name().startsWith("pgsidecar_replica_"))
                .forEach(all::add);
        all.addAll(new ProbeFamilies(
                        Duration.ofSeconds(10), Duration.ofMinutes(1), List.of(), Optional.empty(), Optional::empty)
                .of(primary, NANOS));
        RequestCounts requests = new RequestCounts(Durations.ofArchiveRequests());
        requests.add("archived", true, NOW, 1);
        requests.add("conflict", false, NOW, 1);
        all.addAll(WalFamilies.archive(
                requests, new ArchiveCounts(InstantSource.fixed(NOW), Durations.ofArchivedFiles())));
        all.addAll(WalFamilies.restore(requests, Optional.of(new PrefetchStatus(1, 2, 3, Optional.empty()))));
        all.addAll(WalFamilies.lags(
                List.of(new RepositoryLag("main", 1, Optional.of(NOW), true, Optional.empty(), Optional.empty())),
                NOW));
        all.addAll(DiskFamilies.of(
                new DiskLook(
                        Map.of("pgdata", new DiskLook.Volume(100, 50, 40)),
                        Optional.of(new ReadyBacklog(2, Optional.of(NOW.minusSeconds(5)))),
                        NANOS),
                NOW,
                NANOS));
        List<CatalogWatch.Seen> seen = List.of(new CatalogWatch.Seen("main", catalog(), NANOS, Optional.empty(), 1, 0));
        all.addAll(CatalogFamilies.of(seen, NANOS));
        all.addAll(BackupFamilies.running(Optional.empty()));
        all.addAll(BackupFamilies.ended(seen, Optional.empty()));
        all.addAll(BackupFamilies.retention(Map.of("main", new PruneTotals(Optional.of(NOW), 1, 2, 3, 4))));
        all.addAll(LabelFamilies.of(label()));
        return all;
    }

    static List<Durations> histograms() {
        return List.of(Durations.ofArchiveRequests(), Durations.ofArchivedFiles(), Durations.ofRestoreRequests());
    }

    static CatalogLook catalog() {
        CatalogLook.Good good = new CatalogLook.Good(NOW.minusSeconds(60), NOW, Optional.of(5L), 4);
        return new CatalogLook(
                Map.of(CatalogEntry.State.DONE, 1),
                Optional.of(good),
                Optional.of(good),
                Optional.of(NOW.minusSeconds(600)),
                Optional.of(1L),
                Optional.of(new CatalogLook.Window(NOW, Optional.of(NOW.plusSeconds(30)))),
                Optional.of(new CatalogLook.Wal(10, 100, 0, 1, Optional.of(NOW))),
                RepositoryHistory.NONE);
    }

    static LabelStatus label() {
        return new LabelStatus(
                "postgres-0",
                Optional.of(RoleLabel.Wanted.PRIMARY),
                RoleLabel.Wanted.PRIMARY,
                false,
                false,
                "it is",
                1,
                Optional.of(NOW),
                Optional.of(NOW),
                Optional.empty(),
                0,
                3,
                2);
    }

    static InstanceState primary() {
        return state(Availability.ACCEPTING, InstanceRole.PRIMARY, report(lsn("0/3000000"), null));
    }

    static InstanceState replica() {
        return state(
                Availability.ACCEPTING,
                InstanceRole.REPLICA,
                report(
                        null,
                        new Replay(
                                lsn("0/3000000"),
                                lsn("0/2000000"),
                                false,
                                NOW,
                                true,
                                null,
                                null,
                                new ReplayProgress(
                                        ReplayProgress.Activity.NOT_REPLAYING,
                                        lsn("0/2000000"),
                                        NANOS - Duration.ofSeconds(20).toNanos()),
                                new ReplayLag(
                                        0x1000000L,
                                        NANOS - Duration.ofSeconds(3).toNanos(),
                                        NANOS))));
    }

    static InstanceState state(Availability availability, InstanceRole role, InstanceReport report) {
        return new InstanceState(availability, role, "it is", NOW, NANOS, NANOS, null, report);
    }

    private static InstanceReport report(@Nullable LogSequenceNumber written, @Nullable Replay replay) {
        return new InstanceReport(
                180000,
                "1",
                3,
                NOW,
                written,
                replay,
                List.of(
                        client("a", "sync", lsn("0/2800000")),
                        client("b", "async", lsn("0/2000000")),
                        client("b", "async", lsn("0/2900000"))),
                "a",
                false,
                false,
                true,
                List.of(new Subscription(
                        "app", "s", true, true, true, lsn("0/30"), lsn("0/10"), Duration.ofSeconds(1), 1L, 2L, 3L)),
                null);
    }

    private static ReplicationClient client(String name, String sync, LogSequenceNumber replayed) {
        return new ReplicationClient("repl", name, null, "streaming", sync, 1, replayed, replayed, replayed, replayed);
    }

    private static LogSequenceNumber lsn(String text) {
        return LogSequenceNumber.valueOf(text);
    }
}
