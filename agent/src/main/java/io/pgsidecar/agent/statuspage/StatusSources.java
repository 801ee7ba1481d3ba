package io.pgsidecar.agent.statuspage;

import io.pgsidecar.agent.backup.BackupRunner;
import io.pgsidecar.agent.labels.Labels;
import io.pgsidecar.agent.metrics.AgentMetrics;
import io.pgsidecar.agent.metrics.CatalogWatch;
import io.pgsidecar.archive.wal.RepositoryLag;
import io.pgsidecar.archive.wal.WalArchiver;
import io.pgsidecar.probes.InstanceObserver;
import io.pgsidecar.probes.InstanceState;
import io.pgsidecar.probes.metrics.MetricsPage;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Where the page takes what it says from. All of it is in memory: nothing is waited for. */
public final class StatusSources {

    private final StatusFacts.Who who;
    private final StatusFacts.Looks looks;
    private final WalArchiver archiver;
    private final BackupRunner backups;
    private final Labels labels;
    private final AgentMetrics metrics;
    private final Supplier<Optional<MetricsPage>> instanceMetrics;
    private final RoleHistory history;
    private final ArchiveRate rate = new ArchiveRate(InstantSource.system());

    /**
     * Those of one agent. Begins to keep what has no other place: what the instance has been, and how fast WAL is archived.
     *
     * @param looks how often the disks and the repositories are looked at
     * @param instanceMetrics what the collectors know; empty where there are none
     */
    public StatusSources(
            StatusFacts.Who who,
            StatusFacts.Looks looks,
            InstanceObserver observer,
            WalArchiver archiver,
            BackupRunner backups,
            Labels labels,
            AgentMetrics metrics,
            Supplier<Optional<MetricsPage>> instanceMetrics) {
        this.who = who;
        this.looks = looks;
        this.archiver = archiver;
        this.backups = backups;
        this.labels = labels;
        this.metrics = metrics;
        this.instanceMetrics = instanceMetrics;
        this.history = new RoleHistory(observer::state);
        observer.onLook(history);
        archiver.onArchived(rate);
    }

    /** All that is known now. */
    public StatusFacts facts(InstanceState now, long nanos, List<Verdict> probes, WalCalls archive, WalCalls restore) {
        return new StatusFacts(
                Instant.now(),
                nanos,
                who,
                looks,
                now,
                probes,
                history.kept(),
                archive,
                restore,
                metrics.archived().totals(),
                rate.rate(),
                metrics.disks().last(),
                repositories(),
                backups.current(),
                labels.status(),
                instanceMetrics.get());
    }

    private List<StatusFacts.StoredIn> repositories() {
        List<RepositoryLag> lags = archiver.lags();
        List<StatusFacts.StoredIn> all = new ArrayList<>();
        for (CatalogWatch.Seen seen : metrics.catalog().seen()) {
            all.add(new StatusFacts.StoredIn(
                    seen,
                    lags.stream()
                            .filter(lag -> lag.repository().equals(seen.repository()))
                            .findFirst()));
        }
        return all;
    }
}
