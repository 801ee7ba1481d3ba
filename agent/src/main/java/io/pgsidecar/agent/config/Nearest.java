package io.pgsidecar.agent.config;

import java.util.Comparator;
import java.util.Optional;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;

/** Finds what somebody probably meant. */
public final class Nearest {

    private Nearest() {}

    /** The candidate of the least cost, if that is low enough for a name of this length: about a third is wrong. */
    public static Optional<String> to(String name, Stream<String> candidates, ToIntFunction<String> cost) {
        return candidates
                .min(Comparator.comparingInt(cost))
                .filter(candidate -> cost.applyAsInt(candidate) <= (name.length() + 2) / 3);
    }

    /** How many characters must be added, removed or replaced to make one of the other (Levenshtein). */
    public static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
