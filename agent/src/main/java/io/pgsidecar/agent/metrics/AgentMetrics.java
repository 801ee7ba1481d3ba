package io.pgsidecar.agent.metrics;

import io.pgsidecar.agent.RecoveryWal;
import io.pgsidecar.agent.Repositories;
import io.pgsidecar.agent.backup.BackupRunner;
import io.pgsidecar.agent.labels.Labels;
import io.pgsidecar.archive.backup.Retention;
import io.pgsidecar.archive.wal.WalArchiver;
import io.pgsidecar.probes.InstanceObserver;
import io.pgsidecar.probes.metrics.Family;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the agent tells of itself and of what it does, {@code pgsidecar_*}. All of it is read from memory; what has to be
 * looked at for it, disks and repositories, is looked at in the background.
 */
public final class AgentMetrics implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(AgentMetrics.class);

    private final RequestCounts archiveRequests = new RequestCounts(Durations.ofArchiveRequests());
    private final RequestCounts restoreRequests = new RequestCounts(Durations.ofRestoreRequests());
    private final ArchiveCounts archived = new ArchiveCounts(InstantSource.system(), Durations.ofArchivedFiles());
    private final JvmMetrics jvm = new JvmMetrics();
    private final LookCounts looks;
    private final DiskWatch disks;
    private final CatalogWatch catalog;
    private final Map<String, Supplier<List<Family>>> parts;
    private final Set<String> failing = ConcurrentHashMap.newKeySet();
    private final Optional<InstanceMetrics> instance;
    private final Exposition exposition;

    /**
     * Of one agent. Nothing is looked at before {@link #start()}.
     *
     * @param data the data directory
     * @param interval between two looks at disks
     * @param slowInterval between two looks into a repository
     * @param instance the instance's own metrics; empty if none are wanted
     */
    public AgentMetrics(
            Path data,
            Duration interval,
            Duration slowInterval,
            Retention retention,
            InstanceObserver observer,
            ProbeFamilies probes,
            WalArchiver archiver,
            RecoveryWal recovery,
            Repositories repositories,
            BackupRunner backups,
            Labels labels,
            Optional<InstanceMetrics> instance) {
        InstantSource clock = InstantSource.system();
        looks = new LookCounts(observer::state);
        disks = new DiskWatch(data, interval);
        catalog = new CatalogWatch(repositories, retention, slowInterval, clock);
        observer.onLook(looks);
        archiver.onArchived(archived);
        backups.onFinished(catalog::lookAgain);
        parts = Map.ofEntries(
                Map.entry("build", BuildFamilies::now),
                Map.entry("process", ProcessFamilies::now),
                Map.entry("instance", () -> InstanceFamilies.of(observer.state(), System.nanoTime(), looks)),
                Map.entry("probes", () -> probes.of(observer.state(), System.nanoTime())),
                Map.entry("archive", () -> WalFamilies.archive(archiveRequests, archived)),
                Map.entry("restore", () -> WalFamilies.restore(restoreRequests, recovery.prefetch())),
                Map.entry("repositories", () -> WalFamilies.lags(archiver.lags(), clock.instant())),
                Map.entry("catalog", () -> CatalogFamilies.of(catalog.seen(), System.nanoTime())),
                Map.entry("backup", () -> BackupFamilies.running(backups.current())),
                Map.entry("backups", () -> BackupFamilies.ended(catalog.seen(), backups.lastFailure())),
                Map.entry("retention", () -> BackupFamilies.retention(backups.prunes())),
                Map.entry(
                        "disks",
                        () -> disks.last()
                                .map(look -> DiskFamilies.of(look, clock.instant(), System.nanoTime()))
                                .orElse(List.of())),
                Map.entry("labels", () -> labels.status().map(LabelFamilies::of).orElse(List.of())));
        this.instance = instance;
        exposition = new Exposition(
                () -> instance.map(InstanceMetrics::collected).orElse(List.of()), this::families, this::snapshots);
    }

    /** Begins to look at disks and repositories. Waits for none. */
    public void start() {
        disks.start();
        catalog.start();
        exposition.start();
    }

    /** Where requests of {@code archive_command} are counted. */
    public RequestCounts archiveRequests() {
        return archiveRequests;
    }

    /** Where requests of {@code restore_command} are counted. */
    public RequestCounts restoreRequests() {
        return restoreRequests;
    }

    /** What was archived. */
    public ArchiveCounts archived() {
        return archived;
    }

    /** The disks. */
    public DiskWatch disks() {
        return disks;
    }

    /** The repositories. */
    public CatalogWatch catalog() {
        return catalog;
    }

    /** The page. */
    public Exposition exposition() {
        return exposition;
    }

    /** A part that fails is missing, and the others are there. */
    private List<Family> families() {
        List<Family> families = new ArrayList<>();
        parts.forEach((name, part) -> {
            try {
                families.addAll(part.get());
                failing.remove(name);
            } catch (RuntimeException e) {
                if (failing.add(name)) {
                    log.atError().setCause(e).log("The metrics of \"{}\" are missing", name);
                }
            }
        });
        instance.map(InstanceMetrics::ofCollecting).ifPresent(families::addAll);
        return families;
    }

    private List<MetricSnapshot> snapshots() {
        List<MetricSnapshot> snapshots = new ArrayList<>(jvm.snapshots());
        snapshots.add(archiveRequests.durations().snapshot());
        snapshots.add(restoreRequests.durations().snapshot());
        snapshots.add(archived.durations().snapshot());
        return snapshots;
    }

    @Override
    public void close() {
        exposition.close();
        disks.close();
        catalog.close();
        jvm.close();
    }
}
