package io.pgsidecar.agent.metrics.queries;

import java.util.List;
import java.util.Map;

/** A YAML file's content, with the line of each thing. */
sealed interface YamlNode {

    int line();

    /** Completes the sentence "must be …, not …". */
    String what();

    /** What YAML allows and nobody can have meant. */
    record Fault(String key, int line, String text) {}

    /**
     * Keys with values.
     *
     * @param lines of the keys
     */
    record Keys(Map<String, YamlNode> values, Map<String, Integer> lines, List<Fault> faults, int line)
            implements YamlNode {

        int lineOf(String key) {
            return lines.getOrDefault(key, line);
        }

        @Override
        public String what() {
            return "keys with values";
        }
    }

    record Items(List<YamlNode> values, int line) implements YamlNode {
        @Override
        public String what() {
            return "a list";
        }
    }

    /**
     * One value, whatever its type.
     *
     * @param block whether it was written below a {@code |}, so that its lines are the file's
     */
    record Text(String text, boolean block, int line) implements YamlNode {
        @Override
        public String what() {
            return "a single value";
        }
    }

    record Nothing(int line) implements YamlNode {
        @Override
        public String what() {
            return "empty";
        }
    }

    /** An alias of what is not there. */
    record Dangling(String alias, int line) implements YamlNode {
        @Override
        public String what() {
            return "*%s, since no &%s is above it".formatted(alias, alias);
        }
    }
}
