package io.pgsidecar.archive.backup;

import io.pgsidecar.archive.repository.Content;
import io.pgsidecar.archive.repository.ObjectExistsException;
import io.pgsidecar.archive.repository.ObjectInfo;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.PutMode;
import io.pgsidecar.archive.repository.Repository;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Which of several agents takes the backup of a slot: the one whose atomic create in the repository wins. One that
 * failed, or died, can be taken over once.
 */
public final class SlotClaims {

    /** Others look at a claim no longer than this. */
    static final Duration KEPT = Duration.ofDays(7);

    private final ObjectStore store;
    private final Repository layout;
    private final String host;
    private final InstantSource clock;
    private final String self = UUID.randomUUID().toString();

    /**
     * The claims of one process.
     *
     * @param store of the first repository that must have each backup: all agents ask the same
     * @param host for people
     */
    public SlotClaims(ObjectStore store, Repository layout, String host, InstantSource clock) {
        this.store = store;
        this.layout = layout;
        this.host = host;
        this.clock = clock;
    }

    /**
     * Claims a slot. Whether it is this process's now; also if it was before, so that one whose answer was lost can be
     * asked for again.
     */
    public boolean take(Instant slot, SlotClaim.Role role) throws IOException {
        return take(key(slot, ""), role);
    }

    /** Claims a slot again that was claimed before; it is given once. */
    public boolean takeOver(Instant slot, SlotClaim.Role role) throws IOException {
        return take(key(slot, ".retry1"), role);
    }

    /** Who has claimed it first. */
    public Optional<SlotClaim> claim(Instant slot) throws IOException {
        return SlotClaim.read(store, key(slot, ""));
    }

    /** Removes claims that nobody asks for any more. */
    public void forgetOld() throws IOException {
        Instant before = clock.instant().minus(KEPT);
        List<ObjectKey> old;
        try (Stream<ObjectInfo> claims = store.list(layout.schedule())) {
            old = claims.filter(claim -> claim.lastModified().isBefore(before))
                    .map(ObjectInfo::key)
                    .toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        if (!old.isEmpty()) {
            store.delete(old);
        }
    }

    private boolean take(ObjectKey key, SlotClaim.Role role) throws IOException {
        try {
            store.put(key, Content.of(new SlotClaim(host, clock.instant(), role, self).json()), PutMode.CREATE);
            return true;
        } catch (ObjectExistsException e) {
            return SlotClaim.read(store, key)
                    .filter(claim -> claim.by().equals(self))
                    .isPresent();
        }
    }

    private ObjectKey key(Instant slot, String ending) {
        return layout.schedule().child(BackupId.at(slot) + ending + ".json");
    }
}
