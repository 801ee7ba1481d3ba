package io.pgsidecar.archive.wal;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/** What several repositories have answered about one file. All must have it, or the file does not count as archived. */
final class Acknowledgements {

    private final List<String> succeeded = new ArrayList<>();
    private final List<WalException> failures = new ArrayList<>();

    void succeeded(String repository) {
        succeeded.add(repository);
    }

    /** @param failure its message names the repository */
    void failed(WalException failure) {
        failures.add(failure);
    }

    /**
     * Fails unless all have succeeded. Of several failures the one counts that needs a person most; the others, and who
     * has the file, are told with it.
     */
    void require() throws WalException {
        if (failures.isEmpty()) {
            return;
        }
        List<WalException> worstFirst = failures.stream()
                .sorted(Comparator.comparingInt(failure -> urgency(failure.reason())))
                .toList();
        WalException worst = worstFirst.getFirst();
        if (failures.size() + succeeded.size() == 1) {
            throw worst;
        }
        List<String> detail = new ArrayList<>();
        worst.detail().ifPresent(detail::add);
        worstFirst.stream()
                .skip(1)
                .map(failure -> "Also: " + failure.getMessage())
                .forEach(detail::add);
        if (!succeeded.isEmpty()) {
            detail.add("It is in "
                    + succeeded.stream().map(name -> "\"" + name + "\"").collect(Collectors.joining(", ")) + ".");
        }
        throw new WalException(
                worst.reason(),
                String.valueOf(worst.getMessage()),
                detail.isEmpty() ? null : String.join(" ", detail),
                worst.hint().orElse(null),
                worst);
    }

    private static int urgency(WalException.Reason reason) {
        return switch (reason) {
            case OTHER_CLUSTER -> 0;
            case CONFLICT -> 1;
            case CORRUPT -> 2;
            case BAD_SEGMENT -> 3;
            case BAD_REQUEST -> 4;
            case REPOSITORY_DENIED -> 5;
            case FAILED -> 6;
            case REPOSITORY_UNAVAILABLE -> 7;
        };
    }
}
