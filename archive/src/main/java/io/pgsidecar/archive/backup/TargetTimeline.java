package io.pgsidecar.archive.backup;

/**
 * The timeline that a recovery follows.
 *
 * @param value {@code latest}, {@code current} (the one of the backup), or a number
 */
public record TargetTimeline(String value) {

    /** The newest one that has come of the backup's. */
    public static final TargetTimeline LATEST = new TargetTimeline("latest");

    /** The one that the backup was taken on. */
    public static final TargetTimeline CURRENT = new TargetTimeline("current");

    private static final long MAX = 0xFFFF_FFFFL;

    /**
     * A timeline, checked.
     *
     * @throws IllegalArgumentException if it is neither a word nor a number
     */
    public TargetTimeline {
        if (!value.equals("latest")
                && !value.equals("current")
                && !(value.matches("[1-9]\\d{0,9}") && Long.parseLong(value) <= MAX)) {
            throw new IllegalArgumentException(
                    "a timeline is latest, current, or a number from 1 on, not \"%s\"".formatted(value));
        }
    }

    boolean isNumber() {
        return Character.isDigit(value.charAt(0));
    }

    long number() {
        return Long.parseLong(value);
    }

    @Override
    public String toString() {
        return value;
    }
}
