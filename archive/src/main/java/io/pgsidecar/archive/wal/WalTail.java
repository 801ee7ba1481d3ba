package io.pgsidecar.archive.wal;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the server beside which we look has finished, held against what a repository has: the end of the WAL, which no
 * listing of a repository can know to be missing.
 *
 * @param waiting marked {@code .ready} and not in the repository
 * @param lost marked {@code .done} (PostgreSQL takes it for archived) and not in the repository, though it belongs
 *     behind what the repository has. Where the server is a standby it marks so what it receives
 * @param local for each gap how many of its segments are still in {@code pg_wal}, in the gaps' order
 */
public record WalTail(Files waiting, Files lost, List<Integer> local) {

    /**
     * Some files.
     *
     * @param first the one that comes first by name; empty if there is none
     * @param since when the oldest mark was set
     */
    public record Files(long count, Optional<WalFileName> first, Optional<Instant> since) {

        static final Files NONE = new Files(0, Optional.empty(), Optional.empty());

        Files and(LocalWal.Finished file) {
            boolean isFirst = first.isEmpty()
                    || file.name().toString().compareTo(first.get().toString()) < 0;
            boolean isOldest = since.isEmpty() || file.since().isBefore(since.get());
            return new Files(
                    count + 1,
                    isFirst ? Optional.of(file.name()) : first,
                    isOldest ? Optional.of(file.since()) : since);
        }

        /** Whether there is one that should have been stored by now. */
        public boolean overdue(Instant now, Duration allowed) {
            return since.isPresent() && since.get().isBefore(now.minus(allowed));
        }
    }

    public WalTail {
        local = List.copyOf(local);
    }

    /** Compares. */
    public static WalTail of(WalInventory inventory, WalContinuity continuity, LocalWal server) {
        Files waiting = Files.NONE;
        Files lost = Files.NONE;
        int[] local = new int[continuity.gaps().size()];
        for (LocalWal.Finished file : server.finished()) {
            Optional<WalSegmentName> segment =
                    file.name().kind() == WalFileName.Kind.SEGMENT ? file.name().segment() : Optional.empty();
            if (isStored(inventory, file.name())) {
                continue;
            }
            int gap = segment.map(name -> gapOf(continuity, name)).orElse(-1);
            if (gap >= 0) {
                local[gap]++;
            } else if (!file.acknowledged()) {
                waiting = waiting.and(file);
            } else if (segment.isPresent() && isBehind(continuity, segment.get())) {
                lost = lost.and(file);
            }
        }
        List<Integer> counts = new ArrayList<>();
        for (int count : local) {
            counts.add(count);
        }
        return new WalTail(waiting, lost, counts);
    }

    /** Of what is kept apart there is no list; it is taken for stored when PostgreSQL says so. */
    private static boolean isStored(WalInventory inventory, WalFileName file) {
        return switch (file.kind()) {
            case SEGMENT -> inventory.has(file.segment().orElseThrow());
            case HISTORY -> inventory.histories().containsKey(file.timeline());
            case PARTIAL, BACKUP -> false;
        };
    }

    private static int gapOf(WalContinuity continuity, WalSegmentName name) {
        for (int i = 0; i < continuity.gaps().size(); i++) {
            if (continuity.gaps().get(i).has(name)) {
                return i;
            }
        }
        return -1;
    }

    /** What comes before the repository's first segment may have been deleted from it, on purpose. */
    private static boolean isBehind(WalContinuity continuity, WalSegmentName name) {
        return name.timeline() >= continuity.timeline()
                && continuity.last().map(last -> name.compareTo(last) > 0).orElse(true);
    }
}
