package io.pgsidecar.archive.wal;

import io.pgsidecar.archive.codec.Encryption;
import io.pgsidecar.archive.codec.NoKeyException;
import io.pgsidecar.archive.repository.ObjectExistsException;
import io.pgsidecar.archive.repository.ObjectInfo;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.Repository;
import io.pgsidecar.archive.repository.RepositoryMarker;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Whose repository is it? A repository belongs to one system identifier: its marker says so, or, in one that another
 * program of barman-cloud's layout has filled, the header of a segment.
 */
final class RepositoryOwner {

    private static final int SEGMENTS_TRIED = 16;

    private final String name;
    private final ObjectStore store;
    private final Repository layout;
    private final StoredContent content;
    private volatile @Nullable Seen seen;

    /** The marker as it was read last. One that has not changed since need not be read for each file. */
    private record Seen(ObjectInfo info, RepositoryMarker marker) {}

    /** Of a repository in which nothing is encrypted. */
    RepositoryOwner(String name, ObjectStore store, Repository layout) {
        this(name, store, layout, new StoredContent(name, store, Encryption.NONE));
    }

    RepositoryOwner(String name, ObjectStore store, Repository layout, StoredContent content) {
        this.name = name;
        this.store = store;
        this.layout = layout;
        this.content = content;
    }

    /**
     * Makes the repository this cluster's if it is nobody's, and refuses if it is another's. Of two clusters that claim
     * at once one wins.
     *
     * @param walSegmentSize in bytes
     * @throws WalException {@code OTHER_CLUSTER}
     */
    void claim(long systemIdentifier, long walSegmentSize) throws IOException, WalException {
        Optional<RepositoryMarker> marker = marker();
        if (marker.isEmpty()) {
            Optional<Owner> found = ownerOfSegments();
            if (found.isPresent()) {
                requireSame(found.get().systemIdentifier(), systemIdentifier);
            }
            try {
                new RepositoryMarker(
                                systemIdentifier, walSegmentSize, Instant.now().truncatedTo(ChronoUnit.SECONDS))
                        .create(store, layout.marker());
            } catch (ObjectExistsException e) {
                // Another one was faster; whose it is now is looked at below.
            }
            marker = marker();
        }
        if (marker.isEmpty()) {
            throw new ObjectStoreException(
                    ObjectStoreException.Reason.UNAVAILABLE, "the repository's marker comes and goes", null);
        }
        requireSame(marker.get().systemIdentifier(), systemIdentifier);
        if (marker.get().walSegmentSize() != walSegmentSize) {
            throw new WalException(
                    WalException.Reason.OTHER_CLUSTER,
                    "repository \"%s\" has WAL segments of %d bytes, this cluster has segments of %d"
                            .formatted(name, marker.get().walSegmentSize(), walSegmentSize),
                    null,
                    "After pg_resetwal --wal-segsize the old WAL cannot be continued: set \"server\" to a new name, and"
                            + " take a base backup.");
        }
    }

    /** Whose a repository is, and what its segments are like. */
    record Owner(long systemIdentifier, long walSegmentSize) {}

    /** Whose it is; empty if there is nothing in it. */
    Optional<Owner> owner() throws IOException, WalException {
        Optional<RepositoryMarker> marker = marker();
        return marker.isPresent()
                ? marker.map(found -> new Owner(found.systemIdentifier(), found.walSegmentSize()))
                : ownerOfSegments();
    }

    /**
     * Makes sure that this is the cluster's own repository, so that a file that is not in it is really absent. An empty
     * folder proves nothing: it is what the mount point of a volume looks like that is not mounted, and what a mistyped
     * server name gives. To take it for "the archive ends here" would promote a server too early.
     *
     * @throws WalException {@code OTHER_CLUSTER}, or {@code REPOSITORY_UNAVAILABLE} where nothing tells
     */
    void prove(long systemIdentifier) throws IOException, WalException {
        Owner owner = owner().orElseThrow(this::nothingThere);
        requireSame(owner.systemIdentifier(), systemIdentifier);
    }

    WalException nothingThere() {
        return new WalException(
                WalException.Reason.REPOSITORY_UNAVAILABLE,
                "repository \"%s\" has nothing of server \"%s\", so nothing proves that a file is missing from it"
                        .formatted(name, layout.server()),
                "There is neither %s nor any segment under %s.".formatted(layout.marker(), layout.wals()),
                "Is the volume mounted, are the repository's path and \"server\" right? A cluster that never"
                        + " archived has nothing to restore: then start it without restore_command.");
    }

    /**
     * The marker. That there is none any more means that this is another folder: a volume that was unmounted under a
     * running agent. What is archived into its mount point would be gone when the volume is back.
     */
    private Optional<RepositoryMarker> marker() throws IOException, WalException {
        // In this order: what another thread claims meanwhile was not there before.
        Seen before = seen;
        Optional<ObjectInfo> info = store.stat(layout.marker());
        if (info.isEmpty()) {
            if (before == null) {
                return Optional.empty();
            }
            throw new WalException(
                    WalException.Reason.REPOSITORY_UNAVAILABLE,
                    "repository \"%s\" has lost its marker %s, which was there before".formatted(name, layout.marker()),
                    null,
                    "Was its volume unmounted, or its folder replaced? If it was emptied on purpose, restart the agent:"
                            + " it then begins anew. Take a new base backup after that.");
        }
        if (before != null && before.info().equals(info.get())) {
            return Optional.of(before.marker());
        }
        Optional<RepositoryMarker> marker = RepositoryMarker.read(store, layout.marker());
        marker.ifPresent(found -> seen = new Seen(info.get(), found));
        return marker;
    }

    private void requireSame(long owner, long systemIdentifier) throws WalException {
        if (owner != systemIdentifier) {
            throw new WalException(
                    WalException.Reason.OTHER_CLUSTER,
                    "repository \"%s\", server \"%s\" belongs to the cluster with system identifier %s; this one is %s"
                            .formatted(
                                    name,
                                    layout.server(),
                                    Long.toUnsignedString(owner),
                                    Long.toUnsignedString(systemIdentifier)),
                    null,
                    "Set \"server\" to a name of this cluster's own. After initdb or pg_upgrade a cluster is a new one.");
        }
    }

    /**
     * By the header of the first segment that can be read, for a repository that others have filled.
     *
     * @throws WalException {@code CORRUPT}, or {@code REPOSITORY_DENIED} where no key opens them, if there are segments
     *     and none of the first few can be read: whose they are is then unknown, which is not the same as nobody's
     */
    private Optional<Owner> ownerOfSegments() throws IOException, WalException {
        List<ObjectKey> segments;
        try (Stream<ObjectInfo> wals = store.list(layout.wals())) {
            segments = wals.map(ObjectInfo::key)
                    .filter(RepositoryOwner::holdsWal)
                    .limit(SEGMENTS_TRIED)
                    .toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        @Nullable WalException unreadable = null;
        for (ObjectKey segment : segments) {
            try (InputStream in = content.open(segment)) {
                WalHeader header = WalHeader.read(in.readNBytes(WalHeader.LENGTH));
                if (!header.isOfSegment()) {
                    throw new IOException("it does not begin with a segment's header");
                }
                return Optional.of(new Owner(header.systemIdentifier(), header.segmentSize()));
            } catch (ObjectStoreException e) {
                if (!(e.getCause() instanceof NoKeyException noKey)) {
                    throw e;
                }
                unreadable = locked(segment, noKey);
            } catch (IOException e) {
                unreadable = StoredContent.corrupt(name, segment, e);
            }
        }
        if (unreadable != null) {
            throw unreadable;
        }
        return Optional.empty();
    }

    private WalException locked(ObjectKey segment, NoKeyException noKey) {
        return new WalException(
                WalException.Reason.REPOSITORY_DENIED,
                "whose repository \"%s\" is cannot be told: its marker %s is missing, and %s cannot be read: %s"
                        .formatted(name, layout.marker(), segment, noKey.getMessage()),
                null,
                "Put the marker back, or give a key for once: " + noKey.hint(),
                noKey);
    }

    /** Beside the segments barman-cloud keeps {@code .backup} files, which are text and sort before {@code .gz}. */
    private static boolean holdsWal(ObjectKey key) {
        return WalObject.nameOf(key).map(WalFileName::holdsWal).orElse(false);
    }
}
