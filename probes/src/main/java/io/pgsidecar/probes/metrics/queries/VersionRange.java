package io.pgsidecar.probes.metrics.queries;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Versions of PostgreSQL, written as ranges of semantic versions: {@code >=14.0.0 <16.0.0 || >17.2.0}. A blank between
 * two of them means "and". A part that is left out, or is {@code x}, stands for each: {@code <=15} includes 15.7.
 */
public final class VersionRange {

    /** All versions. */
    public static final VersionRange ALL = new VersionRange("", List.of(List.of()));

    private static final Pattern TERM = Pattern.compile(
            "\\s*(>=|<=|==|!=|=|!|>|<|)\\s*v?(\\d{1,6})(?:\\.(\\d{1,6}|[xX*]))?(?:\\.(\\d{1,6}|[xX*]))?(?=\\s|$)");
    private static final int MINORS = 10_000;

    private final String text;
    /** One of them must hold, and of that each term. */
    private final List<List<Term>> alternatives;

    /** Versions from the one number up to below the other, or all but these; both like {@code server_version_num}. */
    private record Term(long from, long below, boolean not) {
        boolean contains(long version) {
            return (version >= from && version < below) != not;
        }
    }

    private VersionRange(String text, List<List<Term>> alternatives) {
        this.text = text;
        this.alternatives = alternatives;
    }

    /**
     * Reads a range.
     *
     * @throws IllegalArgumentException if the text is none
     */
    public static VersionRange of(String text) {
        List<List<Term>> alternatives = new ArrayList<>();
        for (String alternative : text.split("\\|\\|", -1)) {
            alternatives.add(terms(alternative.strip(), text));
        }
        return new VersionRange(text, List.copyOf(alternatives));
    }

    private static List<Term> terms(String alternative, String text) {
        List<Term> terms = new ArrayList<>();
        Matcher term = TERM.matcher(alternative);
        int end = 0;
        while (end < alternative.length() && term.find(end) && term.start() == end) {
            terms.add(term(term.group(1), term.group(2), term.group(3), term.group(4)));
            end = term.end();
        }
        if (terms.isEmpty() || end < alternative.length()) {
            throw new IllegalArgumentException("not a range of versions: \"" + text + "\"");
        }
        return List.copyOf(terms);
    }

    /** PostgreSQL's versions have two parts: of the third one only a 0 exists. */
    private static Term term(String operator, String major, @Nullable String minor, @Nullable String patch) {
        boolean anyMinor = minor == null || !Character.isDigit(minor.charAt(0));
        long base = Long.parseLong(major) * MINORS;
        long from = anyMinor ? base : base + Long.parseLong(minor);
        boolean between = !anyMinor && patch != null && patch.matches("0*[1-9]\\d*");
        long below = anyMinor ? base + MINORS : from + 1;
        return switch (operator) {
            case ">=" -> new Term(between ? below : from, Long.MAX_VALUE, false);
            case ">" -> new Term(below, Long.MAX_VALUE, false);
            case "<=" -> new Term(0, below, false);
            case "<" -> new Term(0, between ? below : from, false);
            case "!", "!=" -> new Term(from, between ? from : below, true);
            default -> new Term(from, between ? from : below, false);
        };
    }

    /**
     * Whether a version is one of those meant.
     *
     * @param version as {@code server_version_num}
     */
    public boolean contains(int version) {
        return alternatives.stream().anyMatch(terms -> terms.stream().allMatch(term -> term.contains(version)));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof VersionRange range && range.text.equals(text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return text.isEmpty() ? "all versions" : text;
    }
}
