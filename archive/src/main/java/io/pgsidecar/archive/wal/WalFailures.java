package io.pgsidecar.archive.wal;

import io.pgsidecar.archive.repository.ObjectStoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What it means that a file could not be brought back. */
final class WalFailures {

    private WalFailures() {}

    /** Whether to ask again may help. */
    static boolean mayPass(WalException.Reason reason) {
        return switch (reason) {
            case REPOSITORY_UNAVAILABLE, REPOSITORY_DENIED, CORRUPT -> true;
            case BAD_REQUEST, BAD_SEGMENT, OTHER_CLUSTER, CONFLICT, FAILED -> false;
        };
    }

    static WalException of(WalRepository repository, WalFileName file, Exception e) {
        return switch (e) {
            case WalException failure -> failure;
            case ObjectStoreException failure -> WalException.of(repository.name(), failure);
            default ->
                new WalException(
                        WalException.Reason.FAILED,
                        "cannot restore %s: %s".formatted(file, e.getMessage()),
                        null,
                        null,
                        e);
        };
    }

    /**
     * One failure for those of several repositories: the first one that may pass, since then it is worth to ask again;
     * the others in its detail.
     *
     * @param failures at least one
     */
    static WalException combined(List<WalException> failures) {
        WalException told = failures.stream()
                .filter(failure -> mayPass(failure.reason()))
                .findFirst()
                .orElse(failures.getFirst());
        List<WalException> others = new ArrayList<>(failures);
        others.remove(told);
        if (others.isEmpty()) {
            return told;
        }
        String detail = Stream.concat(
                        told.detail().stream(), others.stream().map(other -> "Besides: " + other.getMessage()))
                .collect(Collectors.joining(" "));
        return new WalException(
                told.reason(),
                String.valueOf(told.getMessage()),
                detail,
                told.hint().orElse(null),
                told);
    }
}
