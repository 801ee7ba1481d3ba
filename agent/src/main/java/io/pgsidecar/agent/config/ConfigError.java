package io.pgsidecar.agent.config;

import com.fasterxml.jackson.databind.node.TextNode;
import org.jspecify.annotations.Nullable;

/**
 * One thing that is wrong.
 *
 * @param key the key, or what stands for it: a variable, a file
 * @param value what was given, as it may be printed; null if nothing was, or if it might be a secret
 * @param from where it was given; null if the key says it, or if nothing was given
 * @param problem what is wrong, and what would be right
 */
public record ConfigError(
        String key, @Nullable String value, @Nullable String from, String problem) {

    static ConfigError of(String key, String problem) {
        return new ConfigError(key, null, null, problem);
    }

    static ConfigError at(String key, String from, String problem) {
        return new ConfigError(key, null, from, problem);
    }

    /** A plain word as it is; in quotes what would not be seen otherwise: nothing, blanks, line breaks. */
    static String quoted(String text) {
        return text.matches("[!-~]+") ? text : TextNode.valueOf(text).toString();
    }

    /** One line: {@code KEY = VALUE (FROM): PROBLEM}. */
    @Override
    public String toString() {
        return quoted(key) + (value == null ? "" : " = " + value) + (from == null ? "" : " (" + from + ")") + ": "
                + problem;
    }
}
