package io.pgsidecar.agent.check;

import io.pgsidecar.archive.repository.Content;
import io.pgsidecar.archive.repository.ObjectExistsException;
import io.pgsidecar.archive.repository.ObjectInfo;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.PutMode;
import io.pgsidecar.archive.repository.Repository;
import io.pgsidecar.archive.repository.RepositoryMarker;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Does with a small object of its own what archiving, restoring and retention do with theirs: writes, reads back, is
 * refused to overwrite, lists, deletes. So a missing right is found now and not at the first restore.
 */
public final class RepositoryCheck {

    private static final int SIZE = 64 * 1024;

    private final String subject;
    private final ObjectStore store;
    private final Repository layout;

    /**
     * A check of one repository.
     *
     * @param name as in the configuration
     */
    public RepositoryCheck(String name, ObjectStore store, Repository layout) {
        this.subject = "repository " + name;
        this.store = store;
        this.layout = layout;
    }

    /**
     * Tries it.
     *
     * @param systemIdentifier of the cluster at hand, if there is one
     */
    public Finding run(OptionalLong systemIdentifier) {
        long began = System.nanoTime();
        ObjectKey key = layout.probes().child(UUID.randomUUID().toString());
        Step step = new Step();
        try {
            use(key, step);
            step.name = "read the repository's marker";
            Optional<RepositoryMarker> marker = RepositoryMarker.read(store, layout.marker());
            long millis = (System.nanoTime() - began) / 1_000_000;
            String done = "written, read back, not overwritten, listed and deleted in %d ms".formatted(millis);
            if (marker.isEmpty()) {
                return Finding.ok(subject, done + "; it holds nothing of server \"%s\" yet".formatted(layout.server()));
            }
            String owner = Long.toUnsignedString(marker.get().systemIdentifier());
            if (systemIdentifier.isPresent()
                    && systemIdentifier.getAsLong() != marker.get().systemIdentifier()) {
                return Finding.failed(
                        subject,
                        "server \"%s\" there belongs to the cluster with system identifier %s; this one is %s"
                                .formatted(layout.server(), owner, Long.toUnsignedString(systemIdentifier.getAsLong())),
                        "Set \"server\" to a name of this cluster's own.");
            }
            return Finding.ok(subject, done + "; it belongs to cluster " + owner);
        } catch (ObjectStoreException e) {
            return Finding.failed(
                    subject, "cannot %s: %s".formatted(step.name, e.getMessage()), remedy(e.reason(), step.name));
        } catch (IOException | UncheckedIOException e) {
            return Finding.failed(subject, "cannot %s: %s".formatted(step.name, e.getMessage()), null);
        }
    }

    private void use(ObjectKey key, Step step) throws IOException {
        // Of a size at which a proxy or a quota that cuts off would show.
        byte[] bytes = new byte[SIZE];
        Arrays.fill(bytes, (byte) 'p');
        try {
            step.name = "write an object";
            store.put(key, Content.of(bytes), PutMode.CREATE);
            step.name = "read an object";
            try (InputStream in = store.open(key, 0)) {
                if (!Arrays.equals(in.readAllBytes(), bytes)) {
                    throw new IOException("what is read is not what was written");
                }
            }
            step.name = "rely on it not to overwrite";
            try {
                store.put(key, Content.of(bytes), PutMode.CREATE);
                throw new IOException("an object that exists was created once more");
            } catch (ObjectExistsException e) {
                // As it should be.
            }
            step.name = "list objects";
            try (Stream<ObjectInfo> probes = store.list(layout.probes())) {
                if (probes.noneMatch(info -> info.key().equals(key))) {
                    throw new IOException("an object that was just written is not in the listing");
                }
            }
        } catch (IOException | RuntimeException e) {
            deleteQuietly(key);
            throw e;
        }
        step.name = "delete an object";
        store.delete(List.of(key));
        if (store.stat(key).isPresent()) {
            throw new IOException("an object that was deleted is still there");
        }
    }

    private void deleteQuietly(ObjectKey key) {
        try {
            store.delete(List.of(key));
        } catch (IOException e) {
            // What was wrong before says more.
        }
    }

    private static String remedy(ObjectStoreException.Reason reason, String step) {
        return switch (reason) {
            case UNAVAILABLE ->
                "Is the address right, is the store up, and can it be reached from this pod (DNS, network policy, proxy)?";
            case DENIED ->
                "Check the credentials, and that they may %s: docs/repositories.md has the policy that is needed."
                        .formatted(step);
            case NOT_FOUND, EXISTS, OTHER ->
                "Check the bucket's, container's or folder's name, and that the store speaks the protocol.";
        };
    }

    /** What is being tried, for the message. */
    private static final class Step {
        private String name = "begin";
    }
}
