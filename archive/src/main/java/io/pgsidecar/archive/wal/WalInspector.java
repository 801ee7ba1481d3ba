package io.pgsidecar.archive.wal;

import io.pgsidecar.archive.repository.ObjectInfo;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectNotFoundException;
import io.pgsidecar.archive.repository.ObjectStoreException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Looks at all that a repository holds of a cluster's WAL; changes nothing. Needs no running agent. */
public final class WalInspector {

    private final WalRepository repository;

    public WalInspector(WalRepository repository) {
        this.repository = repository;
    }

    /**
     * Lists the repository, and reads its histories.
     *
     * @throws WalException if the repository cannot be read, or nothing in it tells whose it is
     */
    public WalSurvey survey() throws WalException {
        return find().orElseThrow(() -> repository.owner().nothingThere());
    }

    /**
     * The same, where there may be nothing yet.
     *
     * @throws WalException if the repository cannot be read
     */
    public Optional<WalSurvey> find() throws WalException {
        try {
            Optional<RepositoryOwner.Owner> owner = repository.owner().owner();
            return owner.isPresent() ? Optional.of(survey(owner.get())) : Optional.empty();
        } catch (UncheckedIOException e) {
            throw failed(Objects.requireNonNull(e.getCause()));
        } catch (IOException | IllegalArgumentException e) {
            throw failed(e);
        }
    }

    private WalSurvey survey(RepositoryOwner.Owner owner) throws IOException {
        WalInventory inventory;
        try (Stream<ObjectInfo> wals = repository.list(repository.layout().wals())) {
            inventory = WalInventory.of(owner.walSegmentSize(), wals.iterator());
        }
        NavigableMap<Long, TimelineHistory> histories = new TreeMap<>();
        NavigableMap<Long, WalException> unreadable = new TreeMap<>();
        for (var history : inventory.histories().entrySet()) {
            try {
                histories.put(history.getKey(), read(history.getKey(), history.getValue()));
            } catch (WalException e) {
                unreadable.put(history.getKey(), e);
            }
        }
        return new WalSurvey(
                owner.systemIdentifier(),
                inventory,
                histories,
                unreadable,
                count(repository.layout().partials()),
                count(repository.layout().backupHistories()));
    }

    /**
     * Makes sure that the repository is this cluster's.
     *
     * @throws WalException as {@link #survey} does, and {@code OTHER_CLUSTER}
     */
    public void requireOf(long systemIdentifier) throws WalException {
        try {
            repository.owner().prove(systemIdentifier);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /**
     * Reads every object to its end: decryption, decompression and their checksums, and whether it is what its name
     * says. What is damaged does not end it, a repository that is away does.
     *
     * @param systemIdentifier of the cluster that it must be of
     * @param progress told after each object, by several threads, one at a time
     */
    public ContentReport checkContent(long systemIdentifier, Consumer<ContentReport> progress)
            throws InterruptedException {
        ContentCheck check = new ContentCheck(repository, systemIdentifier, progress);
        for (ObjectKey prefix : repository.walPrefixes()) {
            if (check.report().failure().isPresent()) {
                break;
            }
            try (Stream<ObjectInfo> objects = repository.list(prefix)) {
                check.run(objects.iterator());
            } catch (UncheckedIOException e) {
                check.failed(failed(Objects.requireNonNull(e.getCause())));
            } catch (IOException e) {
                check.failed(failed(e));
            }
        }
        return check.report();
    }

    private StoredObjects count(ObjectKey prefix) throws IOException {
        StoredObjects all = StoredObjects.NONE;
        try (Stream<ObjectInfo> objects = repository.list(prefix)) {
            for (Iterator<ObjectInfo> each = objects.iterator(); each.hasNext(); ) {
                ObjectInfo info = each.next();
                all = all.and(info.key(), info.size());
            }
        }
        return all;
    }

    private TimelineHistory read(long timeline, ObjectKey key) throws WalException {
        try (InputStream in = repository.open(key)) {
            return TimelineHistory.parse(timeline, in.readNBytes((int) WalFileCheck.MAX_TEXT_BYTES));
        } catch (ObjectNotFoundException e) {
            throw failed(e);
        } catch (ObjectStoreException e) {
            throw WalException.of(repository.name(), e);
        } catch (IOException | IllegalArgumentException e) {
            throw StoredContent.corrupt(repository.name(), key, e);
        }
    }

    private WalException failed(Exception e) {
        return e instanceof ObjectStoreException store
                ? WalException.of(repository.name(), store)
                : new WalException(
                        WalException.Reason.FAILED,
                        "repository \"%s\" cannot be listed: %s".formatted(repository.name(), e.getMessage()),
                        null,
                        null,
                        e);
    }
}
