package io.pgsidecar.archive.wal;

import io.pgsidecar.archive.repository.ObjectInfo;
import io.pgsidecar.archive.repository.ObjectKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The WAL files that one repository has and another has not, in whatever encoding: both listings are sorted, so that to
 * walk them side by side needs no memory for either, however long they are.
 */
final class MissingFiles {

    /** Takes the missing files, oldest first within a timeline. */
    @FunctionalInterface
    interface Visitor {
        void missing(WalObject file) throws WalException, InterruptedException;
    }

    private final WalRepository source;
    private final WalRepository target;

    MissingFiles(WalRepository source, WalRepository target) {
        this.source = source;
        this.target = target;
    }

    /** Walks through all. An error of a listing comes as one of the repository that it is of. */
    void visit(Visitor visitor) throws WalException, InterruptedException {
        for (ObjectKey prefix : source.walPrefixes()) {
            try (Stream<ObjectInfo> sourceList = list(source, prefix);
                    Stream<ObjectInfo> targetList = list(target, prefix)) {
                visit(new Groups(source, sourceList.iterator()), new Groups(target, targetList.iterator()), visitor);
            }
        }
    }

    private static void visit(Groups sources, Groups targets, Visitor visitor)
            throws WalException, InterruptedException {
        Map<ObjectKey, WalObject> there = targets.next();
        for (Map<ObjectKey, WalObject> group = sources.next(); !group.isEmpty(); group = sources.next()) {
            while (!there.isEmpty() && name(there).compareTo(name(group)) < 0) {
                there = targets.next();
            }
            Set<ObjectKey> has = !there.isEmpty() && name(there).equals(name(group)) ? there.keySet() : Set.of();
            List<WalObject> missing = new ArrayList<>(group.values());
            missing.removeIf(file -> has.contains(file.stem()));
            for (WalObject file : missing) {
                visitor.missing(file);
            }
        }
    }

    private static String name(Map<ObjectKey, WalObject> group) {
        return group.values().iterator().next().group();
    }

    private static Stream<ObjectInfo> list(WalRepository repository, ObjectKey prefix) throws WalException {
        try {
            return repository.list(prefix);
        } catch (IOException e) {
            throw WalException.ofRepository(repository.name(), e);
        }
    }

    /** The files of a listing, those of one segment or one timeline's history together. */
    private static final class Groups {

        private final WalRepository repository;
        private final Iterator<ObjectInfo> listing;
        private @Nullable WalObject first;

        Groups(WalRepository repository, Iterator<ObjectInfo> listing) throws WalException {
            this.repository = repository;
            this.listing = listing;
            this.first = read();
        }

        /** By stem; empty at the end. */
        Map<ObjectKey, WalObject> next() throws WalException {
            Map<ObjectKey, WalObject> group = new LinkedHashMap<>();
            WalObject file = first;
            while (file != null && (group.isEmpty() || file.group().equals(name(group)))) {
                group.putIfAbsent(file.stem(), file);
                file = read();
            }
            first = file;
            return group;
        }

        private @Nullable WalObject read() throws WalException {
            try {
                while (listing.hasNext()) {
                    WalObject file = WalObject.of(listing.next()).orElse(null);
                    if (file != null) {
                        return file;
                    }
                }
                return null;
            } catch (UncheckedIOException e) {
                throw WalException.ofRepository(
                        repository.name(), Objects.requireNonNull(e.getCause(), "it is unchecked of a checked one"));
            }
        }
    }
}
