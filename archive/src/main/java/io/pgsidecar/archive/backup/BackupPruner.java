package io.pgsidecar.archive.backup;

import io.pgsidecar.archive.codec.Encoding;
import io.pgsidecar.archive.repository.ObjectInfo;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.Repository;
import io.pgsidecar.archive.wal.WalException;
import io.pgsidecar.archive.wal.WalFileName;
import io.pgsidecar.archive.wal.WalInspector;
import io.pgsidecar.archive.wal.WalRepository;
import io.pgsidecar.archive.wal.WalSegmentName;
import io.pgsidecar.archive.wal.WalSurvey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Removes from one repository what a retention no longer wants: backups first, then the WAL that none of the others
 * needs, oldest first. To be interrupted leaves more than is wanted, and nothing that looks good and is not.
 */
public final class BackupPruner {

    /** What was removed, or would be. */
    public record Removed(int backups, long segments, long bytes) {}

    private static final int BATCH = 500;
    /** Old backups of other programs do not tell of which cluster they are. */
    private static final long UNKNOWN = 0;

    private final BackupCatalog catalog;
    private final WalRepository wal;
    private final ObjectStore store;
    private final Repository layout;

    /** Of the backups and the WAL of a cluster in a store. */
    public BackupPruner(BackupCatalog catalog, WalRepository wal, ObjectStore store, Repository layout) {
        this.catalog = catalog;
        this.wal = wal;
        this.store = store;
        this.layout = layout;
    }

    /** Decides what goes; changes nothing. */
    public RetentionPlan plan(Retention retention, Instant now) throws BackupException, InterruptedException {
        // The backups first: one that is begun after that needs no WAL from before.
        List<CatalogEntry> backups = catalog.list(now);
        WalSurvey survey = survey();
        requireOneCluster(backups, survey);
        return RetentionPolicy.decide(
                retention, backups, survey.histories(), survey.inventory().timelines(), now);
    }

    /** Else the backups of one cluster would count as those of the other, whose own would go. */
    private static void requireOneCluster(List<CatalogEntry> backups, WalSurvey survey) throws BackupException {
        for (CatalogEntry entry : backups) {
            long of = entry.info().map(BackupInfo::systemIdentifier).orElse(UNKNOWN);
            if (of != UNKNOWN && of != survey.systemIdentifier()) {
                throw new BackupException(
                        BackupException.Reason.OTHER_CLUSTER,
                        "backup %s is of the cluster with the system identifier %s, and the WAL beside it of %s: nothing is removed"
                                .formatted(
                                        entry.id(),
                                        Long.toUnsignedString(of),
                                        Long.toUnsignedString(survey.systemIdentifier())),
                        "Two clusters have used one folder: remove the backups that are not wanted with \"pgsidecar backup delete\".");
            }
        }
    }

    private WalSurvey survey() throws BackupException {
        try {
            return new WalInspector(wal).survey();
        } catch (WalException e) {
            throw BackupException.of(e);
        }
    }

    /**
     * Does what was decided.
     *
     * @param dry to count only
     */
    public Removed apply(RetentionPlan plan, boolean dry) throws BackupException {
        List<CatalogEntry> backups = plan.removed();
        if (!dry) {
            for (CatalogEntry entry : backups) {
                catalog.delete(entry.id());
            }
        }
        try {
            if (!dry) {
                requireNoneBegun(plan);
            }
            return removeWal(plan, backups.size(), dry);
        } catch (UncheckedIOException e) {
            throw failed(e.getCause() == null ? new IOException(e) : e.getCause());
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /** One of a standby may begin far back, and was not there when it was decided which WAL is needed. */
    private void requireNoneBegun(RetentionPlan plan) throws IOException, BackupException {
        Set<BackupId> known = new HashSet<>();
        plan.backups().forEach(decision -> known.add(decision.backup().id()));
        for (BackupId id : catalog.ids()) {
            if (!known.contains(id)) {
                throw new BackupException(
                        BackupException.Reason.BUSY,
                        "backup %s was begun meanwhile, so all WAL stays".formatted(id),
                        "Run it again when the backup is finished.");
            }
        }
    }

    private Removed removeWal(RetentionPlan plan, int backups, boolean dry) throws IOException, BackupException {
        long segmentSize = survey().inventory().segmentSize();
        Map<Long, RetentionPlan.WalDecision> decisions = new HashMap<>();
        plan.wal().forEach(decision -> decisions.put(decision.timeline(), decision));
        long segments = 0;
        long bytes = 0;
        List<ObjectKey> batch = new ArrayList<>();
        try (Stream<ObjectInfo> objects = store.list(layout.wals())) {
            for (Iterator<ObjectInfo> each = objects.iterator(); each.hasNext(); ) {
                ObjectInfo object = each.next();
                if (goes(object.key(), decisions, segmentSize)) {
                    segments++;
                    bytes += object.size();
                    batch.add(object.key());
                }
                if (batch.size() == BATCH || !each.hasNext()) {
                    if (!dry) {
                        store.delete(batch);
                    }
                    batch.clear();
                }
            }
        }
        return new Removed(backups, segments, bytes);
    }

    private static boolean goes(ObjectKey key, Map<Long, RetentionPlan.WalDecision> decisions, long segmentSize) {
        Optional<WalSegmentName> name = segment(key);
        if (name.isEmpty() || !name.get().fits(segmentSize)) {
            return false;
        }
        RetentionPlan.WalDecision decision = decisions.get(name.get().timeline());
        return decision != null && decision.removes(name.get().startLsn(segmentSize), segmentSize);
    }

    /** Whole segments only: a history is small, and tells where a timeline came from for ever. */
    private static Optional<WalSegmentName> segment(ObjectKey key) {
        try {
            WalFileName file = WalFileName.parse(Encoding.ofName(key.name()).fileName(key.name()));
            return file.kind() == WalFileName.Kind.SEGMENT ? file.segment() : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static BackupException failed(IOException e) {
        BackupException.Reason reason = BackupException.Reason.FAILED;
        if (e instanceof ObjectStoreException failure) {
            reason = switch (failure.reason()) {
                case UNAVAILABLE -> BackupException.Reason.REPOSITORY_UNAVAILABLE;
                case DENIED -> BackupException.Reason.REPOSITORY_DENIED;
                case NOT_FOUND, EXISTS, OTHER -> BackupException.Reason.FAILED;
            };
        }
        return new BackupException(
                reason, "WAL that is no longer needed could not be removed: " + e.getMessage(), "Run it again.", e);
    }
}
