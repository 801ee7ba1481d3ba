package io.pgsidecar.agent.metrics;

import io.pgsidecar.archive.backup.BackupId;
import io.pgsidecar.archive.backup.BackupInfo;
import io.pgsidecar.archive.backup.CatalogEntry;
import io.pgsidecar.archive.backup.Retention;
import io.pgsidecar.archive.backup.RetentionPolicy;
import io.pgsidecar.archive.backup.VerifyReport;
import io.pgsidecar.archive.wal.SegmentRange;
import io.pgsidecar.archive.wal.WalContinuity;
import io.pgsidecar.archive.wal.WalSurvey;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a repository holds at a moment, whoever has put it there: so it is the same after a restart of the agent. Small,
 * however many backups there are.
 *
 * @param backups how many there are in each state
 * @param oldest the oldest good one
 * @param newest the newest good one
 * @param failed when the last one was begun that was given up or died
 * @param obsolete how many the retention no longer wants; empty if there is none, or it cannot be decided
 * @param window the points in time that can be recovered to
 * @param wal empty if there is nothing at all yet
 * @param history the same along the time
 */
public record CatalogLook(
        Map<CatalogEntry.State, Integer> backups,
        Optional<Good> oldest,
        Optional<Good> newest,
        Optional<Instant> failed,
        Optional<Long> obsolete,
        Optional<Window> window,
        Optional<Wal> wal,
        RepositoryHistory history) {

    /**
     * A backup that can be restored.
     *
     * @param bytes of the cluster; empty if it was not noted
     * @param storedBytes in the repository
     */
    public record Good(Instant begun, Instant ended, Optional<Long> bytes, long storedBytes) {

        /** How long it took. */
        public Duration took() {
            return Duration.between(begun, ended);
        }
    }

    /**
     * Points in time.
     *
     * @param to when the last segment was stored that the newest backup leads to; empty if that is not known
     */
    public record Window(Instant from, Optional<Instant> to) {}

    /**
     * The WAL.
     *
     * @param missing segments that a recovery to the latest timeline needs, behind the first one that is there
     * @param last when a segment was stored last
     */
    public record Wal(long segments, long bytes, long missing, long timeline, Optional<Instant> last) {}

    /** Sums up. */
    static CatalogLook of(List<CatalogEntry> all, Optional<WalSurvey> survey, Retention retention, Instant now) {
        Map<CatalogEntry.State, Integer> states = new EnumMap<>(CatalogEntry.State.class);
        for (CatalogEntry.State state : CatalogEntry.State.values()) {
            states.put(state, 0);
        }
        all.forEach(entry -> states.merge(entry.state(), 1, Integer::sum));
        List<CatalogEntry> good = all.stream()
                .filter(entry -> entry.state() == CatalogEntry.State.DONE)
                .filter(entry -> entry.info().filter(BackupInfo::isComplete).isPresent())
                .sorted(Comparator.comparing(CatalogLook::ended))
                .toList();
        Map<BackupId, VerifyReport.Window> windows =
                survey.map(wal -> windows(good, wal)).orElse(Map.of());
        return new CatalogLook(
                states,
                good.stream().findFirst().map(CatalogLook::good),
                good.reversed().stream().findFirst().map(CatalogLook::good),
                all.stream()
                        .filter(entry ->
                                entry.state() == CatalogEntry.State.FAILED || entry.state() == CatalogEntry.State.DEAD)
                        .map(CatalogEntry::begun)
                        .max(Comparator.naturalOrder()),
                survey.flatMap(wal -> obsolete(all, wal, retention, now)),
                window(windows),
                survey.map(CatalogLook::wal),
                RepositoryHistory.of(all, windows.keySet(), survey));
    }

    private static Good good(CatalogEntry entry) {
        BackupInfo info = entry.info().orElseThrow();
        return new Good(info.begin().time(), ended(entry), info.clusterSize(), entry.storedSize());
    }

    private static Instant ended(CatalogEntry entry) {
        return entry.info().orElseThrow().end().orElseThrow().time();
    }

    /** Where each good backup leads that leads anywhere, the oldest first. */
    private static Map<BackupId, VerifyReport.Window> windows(List<CatalogEntry> good, WalSurvey survey) {
        Map<BackupId, VerifyReport.Window> windows = new LinkedHashMap<>();
        good.forEach(entry -> VerifyReport.Window.of(entry.info().orElseThrow(), survey)
                .ifPresent(window -> windows.put(entry.id(), window)));
        return windows;
    }

    /** From the oldest backup that leads anywhere to the end of what the newest leads to. */
    private static Optional<Window> window(Map<BackupId, VerifyReport.Window> oldestFirst) {
        List<VerifyReport.Window> windows = List.copyOf(oldestFirst.values());
        return windows.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        new Window(windows.getFirst().from(), windows.getLast().lastStored()));
    }

    private static Optional<Long> obsolete(List<CatalogEntry> all, WalSurvey survey, Retention retention, Instant now) {
        boolean ofOneCluster = all.stream()
                .flatMap(entry -> entry.info().stream())
                .allMatch(info -> info.systemIdentifier() == 0 || info.systemIdentifier() == survey.systemIdentifier());
        if (!retention.isSet() || !ofOneCluster) {
            return Optional.empty();
        }
        return Optional.of((long) RetentionPolicy.decide(
                        retention, all, survey.histories(), survey.inventory().timelines(), now)
                .removed()
                .size());
    }

    private static Wal wal(WalSurvey survey) {
        WalContinuity continuity = WalContinuity.of(survey.inventory(), survey.histories());
        List<SegmentRange> ranges = survey.inventory().timelines().values().stream()
                .flatMap(Collection::stream)
                .toList();
        return new Wal(
                survey.inventory().segments(),
                ranges.stream().mapToLong(SegmentRange::bytes).sum(),
                continuity.missing(),
                continuity.timeline(),
                ranges.stream().map(SegmentRange::lastStored).max(Comparator.naturalOrder()));
    }
}
