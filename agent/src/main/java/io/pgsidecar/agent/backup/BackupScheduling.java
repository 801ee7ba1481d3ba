package io.pgsidecar.agent.backup;

import io.pgsidecar.agent.Repositories;
import io.pgsidecar.agent.config.AgentConfig;
import io.pgsidecar.archive.backup.BackupException;
import io.pgsidecar.archive.backup.CatalogEntry;
import io.pgsidecar.archive.backup.SlotClaim;
import io.pgsidecar.archive.backup.SlotClaims;
import io.pgsidecar.probes.InstanceRole;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;

/** Makes the agent's scheduler of what the configuration says. */
public final class BackupScheduling {

    private BackupScheduling() {}

    /**
     * A scheduler, not started; empty if there is no repository.
     *
     * @param role what the instance is now
     */
    public static Optional<BackupScheduler> of(
            AgentConfig.Backup settings,
            Repositories repositories,
            Supplier<InstanceRole> role,
            BackupRunner backups,
            InstantSource clock) {
        // All agents of a cluster must look at one place, and an optional repository may be away.
        return repositories.all().stream()
                .filter(repository -> !repository.optional())
                .findFirst()
                .map(repository -> new BackupScheduler(
                        plan(settings),
                        new SlotClaims(repository.store(), repository.layout(), BackupRunner.host(), clock),
                        () -> slotRole(role.get()),
                        () -> look(repository, clock.instant()),
                        backups::take,
                        clock));
    }

    private static BackupScheduler.Plan plan(AgentConfig.Backup settings) {
        long jitter = settings.jitter().toMillis();
        return new BackupScheduler.Plan(
                settings.schedule().map(cron -> new BackupSchedule(cron, settings.timeZone())),
                settings.immediate(),
                () -> Duration.ofMillis(ThreadLocalRandom.current().nextLong(jitter + 1)));
    }

    private static Optional<SlotClaim.Role> slotRole(InstanceRole role) {
        return switch (role) {
            case PRIMARY -> Optional.of(SlotClaim.Role.PRIMARY);
            case REPLICA -> Optional.of(SlotClaim.Role.REPLICA);
            case UNKNOWN -> Optional.empty();
        };
    }

    private static SeenBackups look(Repositories.Open repository, Instant now) throws IOException {
        try {
            List<CatalogEntry> all = repository.backups().list(now);
            return new SeenBackups(
                    all.stream().anyMatch(entry -> entry.state() == CatalogEntry.State.RUNNING),
                    all.stream()
                            .filter(entry -> entry.state() == CatalogEntry.State.DONE)
                            .map(CatalogEntry::begun)
                            .max(Comparator.naturalOrder()));
        } catch (BackupException e) {
            throw new IOException(e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}
