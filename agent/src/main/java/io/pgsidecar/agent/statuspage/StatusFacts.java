package io.pgsidecar.agent.statuspage;

import io.pgsidecar.agent.backup.BackupRun;
import io.pgsidecar.agent.metrics.ArchiveCounts;
import io.pgsidecar.agent.metrics.CatalogWatch;
import io.pgsidecar.agent.metrics.DiskLook;
import io.pgsidecar.archive.wal.RepositoryLag;
import io.pgsidecar.k8s.LabelStatus;
import io.pgsidecar.probes.InstanceState;
import io.pgsidecar.probes.metrics.MetricsPage;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * All that is known at a moment, from memory. It makes the page.
 *
 * @param now for what is told by the wall clock
 * @param nanos the same by {@link System#nanoTime()}, for ages
 * @param who which instance it is
 * @param looks how often it is looked
 * @param restore calls of {@code restore_command}
 * @param disks empty before the first look
 * @param backup this agent's, under way or the last one
 * @param label empty where nothing is labelled
 * @param metrics what the collectors know; empty where there are none
 */
public record StatusFacts(
        Instant now,
        long nanos,
        Who who,
        Looks looks,
        InstanceState instance,
        List<Verdict> probes,
        RoleHistory.Kept history,
        WalCalls archive,
        WalCalls restore,
        ArchiveCounts.Totals archived,
        ArchiveRate.Rate rate,
        Optional<DiskLook> disks,
        List<StoredIn> repositories,
        Optional<BackupRun> backup,
        Optional<LabelStatus> label,
        Optional<MetricsPage> metrics) {

    public StatusFacts {
        probes = List.copyOf(probes);
        repositories = List.copyOf(repositories);
    }

    /**
     * Names.
     *
     * @param name of the instance
     * @param scope of the set that it belongs to
     * @param version the agent's
     */
    public record Who(String name, String scope, String version) {}

    /**
     * Pauses between looks.
     *
     * @param disks between two looks at the disks
     * @param repositories between two looks into a repository
     */
    public record Looks(Duration disks, Duration repositories) {}

    /**
     * A repository.
     *
     * @param lag only of an optional one
     */
    public record StoredIn(CatalogWatch.Seen seen, Optional<RepositoryLag> lag) {}

    /** How old the last look at the disks is; empty before the first. */
    public Optional<Duration> diskAge() {
        return disks.map(look -> Duration.ofNanos(nanos - look.nanos()));
    }

    /** How old a look into a repository is, or how long nobody has seen anything of it. */
    public Duration age(CatalogWatch.Seen seen) {
        return Duration.ofNanos(nanos - seen.nanos());
    }

    /** Whether clients may come. */
    public boolean ready() {
        return probes.stream().anyMatch(verdict -> verdict.name().equals(READY) && verdict.ok());
    }

    /** The name of the verdict that tells whether clients may come. */
    public static final String READY = "ready";

    /** The name of the verdict that tells whether it lives. */
    public static final String LIVE = "live";
}
