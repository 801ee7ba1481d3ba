package io.pgsidecar.agent.config;

import java.util.List;

/**
 * A list of words: in the file a list, or like in a variable one line with commas or blanks between them.
 *
 * @param values at least one
 */
public record Words(List<String> values) {

    public Words {
        values = List.copyOf(values);
    }

    /** @throws IllegalArgumentException if there is none */
    static Words of(String line) {
        List<String> words = List.of(line.strip().split("[,\\s]+"));
        if (words.contains("")) {
            throw new IllegalArgumentException("no words: \"" + line + "\"");
        }
        return new Words(words);
    }

    @Override
    public String toString() {
        return String.join(",", values);
    }
}
