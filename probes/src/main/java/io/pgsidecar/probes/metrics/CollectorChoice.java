package io.pgsidecar.probes.metrics;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Which collectors are on (pure). */
public final class CollectorChoice {

    private CollectorChoice() {}

    /**
     * Those that are on.
     *
     * @param words names with a {@code -} before them are off, those with a {@code +} are on besides the usual ones; are
     *     there names with neither, only those are on
     * @throws IllegalArgumentException if a name is not known
     */
    public static Set<String> of(List<String> words, Set<String> known, Set<String> usual) {
        Set<String> on = new LinkedHashSet<>(words.stream().allMatch(CollectorChoice::signed) ? usual : Set.of());
        for (String word : words) {
            String name = signed(word) ? word.substring(1) : word;
            if (!known.contains(name)) {
                throw new IllegalArgumentException("must be names of collectors: \"%s\" is none; there are %s"
                        .formatted(
                                name, String.join(", ", known.stream().sorted().toList())));
            }
            if (word.startsWith("-")) {
                on.remove(name);
            } else {
                on.add(name);
            }
        }
        return on;
    }

    private static boolean signed(String word) {
        return word.startsWith("-") || word.startsWith("+");
    }
}
