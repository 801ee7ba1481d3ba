package io.pgsidecar.archive.wal;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;

/**
 * The repositories that must all have a file before it counts as archived. They are asked at once, so that a slow one
 * does not keep the others waiting; each reads and compresses the file for itself, so that none has to hold what another
 * has not taken yet.
 */
final class EveryRepository {

    /** One repository's part of the work. */
    @FunctionalInterface
    private interface Work {
        boolean in(WalRepository repository) throws IOException, WalException, InterruptedException;
    }

    private final List<WalRepository> repositories;
    private final Cores cores;

    EveryRepository(List<WalRepository> repositories, Cores cores) {
        this.repositories = List.copyOf(repositories);
        this.cores = cores;
    }

    /**
     * Brings a file into all of them. What the one has stored stays when another fails, and counts at the next try.
     *
     * @param segmentSize of the cluster, in bytes
     * @param urgent whether somebody waits for it
     * @return whether it was missing from one
     */
    boolean add(WalFileName name, Path file, long systemIdentifier, long segmentSize, BooleanSupplier urgent)
            throws WalException, InterruptedException {
        return each(repository -> {
                    repository.owner().claim(systemIdentifier, segmentSize);
                    return repository.add(name, file, cores, urgent);
                })
                .contains(true);
    }

    /** Whether all of them have a file of the name; each is proven to be this cluster's. */
    boolean has(WalFileName name, long systemIdentifier) throws WalException, InterruptedException {
        return !each(repository -> {
                    repository.owner().prove(systemIdentifier);
                    return repository.has(name);
                })
                .contains(false);
    }

    private List<Boolean> each(Work work) throws WalException, InterruptedException {
        if (repositories.size() == 1) {
            return List.of(one(repositories.getFirst(), work));
        }
        List<Callable<Boolean>> all = new ArrayList<>();
        for (WalRepository repository : repositories) {
            all.add(() -> one(repository, work));
        }
        List<AtOnce.Result<Boolean>> results = AtOnce.run(all);
        Acknowledgements acknowledgements = new Acknowledgements();
        List<Boolean> answers = new ArrayList<>();
        for (int i = 0; i < results.size(); i++) {
            AtOnce.Result<Boolean> result = results.get(i);
            if (result.failure().isPresent()) {
                acknowledgements.failed(result.failure().get());
            } else {
                acknowledgements.succeeded(repositories.get(i).name());
                answers.add(result.value().orElseThrow());
            }
        }
        acknowledgements.require();
        return answers;
    }

    private static boolean one(WalRepository repository, Work work) throws WalException, InterruptedException {
        try {
            return work.in(repository);
        } catch (IOException e) {
            throw WalException.ofRepository(repository.name(), e);
        }
    }
}
