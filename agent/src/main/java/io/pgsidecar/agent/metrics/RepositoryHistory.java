package io.pgsidecar.agent.metrics;

import io.pgsidecar.archive.backup.BackupId;
import io.pgsidecar.archive.backup.BackupInfo;
import io.pgsidecar.archive.backup.CatalogEntry;
import io.pgsidecar.archive.wal.SegmentRange;
import io.pgsidecar.archive.wal.WalContinuity;
import io.pgsidecar.archive.wal.WalGap;
import io.pgsidecar.archive.wal.WalSurvey;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a repository holds, along the time: its backups, its WAL, and what is missing in between. Of each at most
 * {@value #MOST}, the newest, so that it stays small whatever lies there.
 *
 * @param backups the newest first
 * @param olderBackups how many there are besides
 * @param wal the stored ranges, the oldest first
 * @param gaps what a recovery to the latest timeline needs and does not find, the oldest first
 */
public record RepositoryHistory(List<Backup> backups, long olderBackups, List<Range> wal, List<Gap> gaps) {

    /** Nothing is there. */
    public static final RepositoryHistory NONE = new RepositoryHistory(List.of(), 0, List.of(), List.of());

    static final int MOST = 1000;
    private static final int LONGEST_TEXT = 500;

    public RepositoryHistory {
        backups = List.copyOf(backups);
        wal = List.copyOf(wal);
        gaps = List.copyOf(gaps);
    }

    /**
     * A backup.
     *
     * @param ended empty if it is not finished
     * @param timeline 0 if nobody knows
     * @param bytes of the cluster; empty if it was not noted
     * @param storedBytes in the repository
     * @param keep whether the retention leaves it
     * @param leads whether it and the WAL lead to a point in time
     * @param failure why it is not good
     */
    public record Backup(
            String id,
            CatalogEntry.State state,
            Instant begun,
            Optional<Instant> ended,
            long timeline,
            Optional<Long> bytes,
            long storedBytes,
            boolean keep,
            boolean leads,
            Optional<String> failure) {}

    /**
     * Segments one after the other.
     *
     * @param from when the first one was stored, by the store's clock
     * @param to when the last one was
     */
    public record Range(long timeline, String first, String last, long segments, Instant from, Instant to) {}

    /**
     * Segments that are not there.
     *
     * @param after when the one before them was stored; empty if nobody knows
     * @param before when the one behind them was
     */
    public record Gap(
            long timeline,
            String first,
            String last,
            long segments,
            Optional<Instant> after,
            Optional<Instant> before) {}

    /** Sums up. */
    static RepositoryHistory of(List<CatalogEntry> all, Set<BackupId> leading, Optional<WalSurvey> survey) {
        List<Backup> backups = all.stream()
                .sorted(Comparator.comparing(CatalogEntry::begun).reversed())
                .limit(MOST)
                .map(entry -> backup(entry, leading.contains(entry.id())))
                .toList();
        return new RepositoryHistory(
                backups,
                all.size() - backups.size(),
                survey.map(RepositoryHistory::ranges).orElse(List.of()),
                survey.map(RepositoryHistory::gaps).orElse(List.of()));
    }

    private static Backup backup(CatalogEntry entry, boolean leads) {
        return new Backup(
                entry.id().value(),
                entry.state(),
                entry.begun(),
                entry.info().flatMap(BackupInfo::end).map(BackupInfo.Point::time),
                entry.info().map(BackupInfo::timeline).orElse(0L),
                entry.info().flatMap(BackupInfo::clusterSize),
                entry.storedSize(),
                entry.keep(),
                leads,
                entry.failure().map(RepositoryHistory::shortened));
    }

    private static List<Range> ranges(WalSurvey survey) {
        List<Range> ranges = survey.inventory().timelines().values().stream()
                .flatMap(Collection::stream)
                .map(RepositoryHistory::range)
                .sorted(Comparator.comparing(Range::to))
                .toList();
        return newest(ranges);
    }

    private static Range range(SegmentRange range) {
        return new Range(
                range.timeline(),
                range.firstName().toString(),
                range.lastName().toString(),
                range.count(),
                range.firstStored(),
                range.lastStored());
    }

    private static List<Gap> gaps(WalSurvey survey) {
        return newest(WalContinuity.of(survey.inventory(), survey.histories()).gaps().stream()
                .map(RepositoryHistory::gap)
                .toList());
    }

    private static Gap gap(WalGap gap) {
        return new Gap(
                gap.timeline(),
                gap.firstName().toString(),
                gap.lastName().toString(),
                gap.count(),
                gap.storedBefore(),
                gap.storedAfter());
    }

    private static <T> List<T> newest(List<T> oldestFirst) {
        return oldestFirst.subList(Math.max(0, oldestFirst.size() - MOST), oldestFirst.size());
    }

    private static String shortened(String text) {
        return text.length() <= LONGEST_TEXT ? text : text.substring(0, LONGEST_TEXT) + "…";
    }
}
