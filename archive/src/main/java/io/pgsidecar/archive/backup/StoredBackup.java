package io.pgsidecar.archive.backup;

import io.pgsidecar.archive.repository.ObjectInfo;
import io.pgsidecar.archive.repository.ObjectKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What two listings show of one backup. For one thread. */
final class StoredBackup {

    /** Its heartbeat comes every 10 seconds: one that is missed for so long comes no more. */
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    /** What another program takes has no heartbeat, and may be at one object for hours. */
    private static final Duration PATIENCE_WITH_OTHERS = Duration.ofDays(1);

    private final BackupId id;
    private final List<ObjectKey> notes = new ArrayList<>();
    private long size;
    private boolean info;
    private boolean keep;
    private boolean data;
    private boolean failed;
    private Instant lastStored = Instant.MIN;
    private @Nullable Instant lastSign;

    StoredBackup(BackupId id) {
        this.id = id;
    }

    BackupId id() {
        return id;
    }

    /** An object under {@code base/}. */
    void add(ObjectInfo object, ObjectKey infoKey, ObjectKey keepMark) {
        size += object.size();
        info |= object.key().equals(infoKey);
        keep |= object.key().equals(keepMark);
        data |= object.key().name().startsWith("data.tar");
        lastStored = later(lastStored, object.lastModified());
    }

    /** One of its notes. */
    void addNote(ObjectInfo note) {
        notes.add(note.key());
        switch (note.key().name()) {
            case BackupCatalog.FAILED -> failed = true;
            case BackupCatalog.CLAIM, BackupCatalog.HEARTBEAT ->
                lastSign = lastSign == null ? note.lastModified() : later(lastSign, note.lastModified());
            default -> {}
        }
    }

    boolean hasInfo() {
        return info;
    }

    boolean isGivenUp() {
        return failed;
    }

    /** Whether one of our agents has left objects of it behind, for good. */
    boolean isLeftBehind(Instant now) {
        return !info && !keep && size > 0 && lastSign != null && (failed || underWay(now) == CatalogEntry.State.DEAD);
    }

    /** What one reads in the notes. */
    Optional<ObjectKey> note(String beginning) {
        return notes.stream().filter(key -> key.name().startsWith(beginning)).findFirst();
    }

    /** Of a backup that has {@code backup.info}. */
    CatalogEntry described(BackupInfo read, Instant now) {
        if (read.isComplete()) {
            return data
                    ? entry(CatalogEntry.State.DONE, Optional.of(read), Optional.empty())
                    : entry(CatalogEntry.State.UNREADABLE, Optional.of(read), Optional.of("it has no data.tar"));
        }
        CatalogEntry.State state = switch (read.status()) {
            case DONE -> CatalogEntry.State.UNREADABLE;
            case FAILED -> CatalogEntry.State.FAILED;
            case EMPTY, STARTED, WAITING_FOR_WALS, SYNCING -> underWay(now);
        };
        return entry(
                state,
                Optional.of(read),
                read.error().or(() -> Optional.of("its backup.info has the status " + read.status())));
    }

    /** Of one whose {@code backup.info} cannot be understood. */
    CatalogEntry unreadable(String why) {
        return entry(CatalogEntry.State.UNREADABLE, Optional.empty(), Optional.of(why));
    }

    /** Of one that was given up. */
    CatalogEntry givenUp(String why) {
        return entry(CatalogEntry.State.FAILED, Optional.empty(), Optional.of(why));
    }

    /** Of one that nothing describes. */
    CatalogEntry unfinished(Instant now) {
        CatalogEntry.State state = underWay(now);
        return entry(
                state,
                Optional.empty(),
                state == CatalogEntry.State.RUNNING
                        ? Optional.empty()
                        : Optional.of("it was never finished, or it is half removed"));
    }

    private CatalogEntry.State underWay(Instant now) {
        boolean alive = lastSign == null
                ? lastStored.isAfter(now.minus(PATIENCE_WITH_OTHERS))
                : lastSign.isAfter(now.minus(PATIENCE));
        return alive ? CatalogEntry.State.RUNNING : CatalogEntry.State.DEAD;
    }

    private CatalogEntry entry(CatalogEntry.State state, Optional<BackupInfo> read, Optional<String> why) {
        return new CatalogEntry(id, state, read, size, keep, why);
    }

    private static Instant later(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }
}
