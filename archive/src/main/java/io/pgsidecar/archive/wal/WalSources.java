package io.pgsidecar.archive.wal;

import io.pgsidecar.archive.repository.ObjectNotFoundException;
import io.pgsidecar.archive.repository.ObjectStoreException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * The repositories that WAL is brought back from, asked one after the other. One that failed is asked after the others
 * until it has answered again, so that each request does not wait for its time-outs first. Safe for several threads.
 */
final class WalSources {

    /**
     * A file that was brought back, and is published.
     *
     * @param origin a repository's name, or the spool
     * @param size in bytes
     */
    record Found(String origin, long size) {}

    private final List<WalRepository> repositories;
    private final Set<WalRepository> failing = ConcurrentHashMap.newKeySet();

    WalSources(List<WalRepository> repositories) {
        this.repositories = List.copyOf(repositories);
    }

    /**
     * Brings a file from the first repository that has it whole.
     *
     * @return empty if it is proven absent: every repository has answered, and is this cluster's own
     * @throws WalException if one could not tell and none has it: the file may be there
     */
    Optional<Found> fetch(WalFileName file, long systemIdentifier, Receiver receiver) throws WalException {
        List<WalException> failures = new ArrayList<>();
        for (WalRepository repository : healthyFirst(repositories, r -> !failing.contains(r))) {
            if (!failures.isEmpty() && !receiver.goesOn(0)) {
                break;
            }
            try {
                OptionalLong size = WalFetch.fetch(repository, file, systemIdentifier, receiver);
                if (size.isEmpty()) {
                    repository.owner().prove(systemIdentifier);
                }
                failing.remove(repository);
                if (size.isPresent()) {
                    return Optional.of(new Found(repository.name(), size.getAsLong()));
                }
            } catch (WalException | IOException e) {
                failures.add(failure(repository, file, e));
                if (e instanceof IncomingFile.LocalFailure) {
                    break; // The next repository's would not find a better disk here.
                }
            }
        }
        if (!failures.isEmpty()) {
            throw WalFailures.combined(failures);
        }
        return Optional.empty();
    }

    /**
     * Brings a file ahead of its request, with one request to each repository that did not fail last: there is time to
     * look closer when it is asked for.
     *
     * @return empty if it was not found, which proves nothing
     */
    Optional<Found> fetchAhead(WalFileName file, long systemIdentifier, Receiver receiver) throws WalException {
        List<WalException> failures = new ArrayList<>();
        for (WalRepository repository : repositories) {
            if (failing.contains(repository) || !repository.readsInParallel()) {
                continue;
            }
            try {
                long size = WalFetch.take(repository, repository.usual(file), file, systemIdentifier, receiver);
                return Optional.of(new Found(repository.name(), size));
            } catch (ObjectNotFoundException e) {
                // Perhaps the next one has it.
            } catch (WalException | IOException e) {
                failures.add(failure(repository, file, e));
                if (e instanceof IncomingFile.LocalFailure) {
                    break;
                }
            }
            if (!receiver.goesOn(0)) {
                break;
            }
        }
        if (!failures.isEmpty()) {
            throw WalFailures.combined(failures);
        }
        return Optional.empty();
    }

    /** Both parts in the order that they are given in. */
    static <T> List<T> healthyFirst(Collection<T> all, Predicate<T> healthy) {
        List<T> ordered = new ArrayList<>(all.stream().filter(healthy).toList());
        all.stream().filter(healthy.negate()).forEach(ordered::add);
        return ordered;
    }

    /** What a repository's failure means. That one object is damaged does not make the others slow to get. */
    private WalException failure(WalRepository repository, WalFileName file, Exception e) {
        WalException failure = WalFailures.of(repository, file, e);
        boolean repositorys = e instanceof ObjectStoreException
                || switch (failure.reason()) {
                    case REPOSITORY_UNAVAILABLE, REPOSITORY_DENIED, OTHER_CLUSTER -> true;
                    case BAD_REQUEST, BAD_SEGMENT, CONFLICT, CORRUPT, FAILED -> false;
                };
        if (repositorys) {
            failing.add(repository);
        }
        return failure;
    }
}
