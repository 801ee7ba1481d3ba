package io.pgsidecar.agent.check;

import org.jspecify.annotations.Nullable;

/**
 * What a check found.
 *
 * @param subject what was looked at, in a word or two
 * @param text one line
 * @param remedy what to do about it; null if nothing is to be done
 */
public record Finding(
        Level level, String subject, String text, @Nullable String remedy) {

    /** How it stands. */
    public enum Level {
        OK,
        /** It works, but not as one would want it. */
        WARNING,
        FAILED,
        /** It could not be looked at, since something before it is wrong. */
        SKIPPED
    }

    public static Finding ok(String subject, String text) {
        return new Finding(Level.OK, subject, text, null);
    }

    public static Finding warning(String subject, String text, String remedy) {
        return new Finding(Level.WARNING, subject, text, remedy);
    }

    public static Finding failed(String subject, String text, @Nullable String remedy) {
        return new Finding(Level.FAILED, subject, text, remedy);
    }

    public static Finding skipped(String subject, String why) {
        return new Finding(Level.SKIPPED, subject, why, null);
    }
}
