package io.pgsidecar.agent.config;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What was given, before anybody asks whether it is right: the file's tree, then the environment's values in it. */
sealed interface Node {

    /** Where it was given: {@code FILE:LINE}, or the name of a variable. */
    String from();

    /** Completes the sentence "must be …, not …". */
    String what();

    /** Keys below a key. The one node that changes, while the tree is built. */
    record Section(Map<String, Node> children, String from) implements Node {

        Section(String from) {
            this(new LinkedHashMap<>(), from);
        }

        /**
         * Puts a value at a path below, in place of the one that is there. Sections on the way are made; where the file
         * has something that cannot be one, it stays, so that it is reported.
         */
        void put(String path, Scalar value) {
            int dot = path.indexOf('.');
            if (dot < 0) {
                children.put(path, value);
                return;
            }
            String name = path.substring(0, dot);
            @Nullable Node child = children.get(name);
            if (child == null || child instanceof Empty) {
                child = new Section(value.from());
                children.put(name, child);
            }
            if (child instanceof Section section) {
                section.put(path.substring(dot + 1), value);
            }
        }

        @Override
        public String what() {
            return "a section";
        }
    }

    record Scalar(String text, String from) implements Node {
        @Override
        public String what() {
            return "a single value";
        }
    }

    /**
     * Values without keys.
     *
     * @param words with commas between them; empty if there are none, or others than single values
     */
    record Sequence(Optional<String> words, String from) implements Node {
        @Override
        public String what() {
            return "a list";
        }
    }

    /** A key of the file with nothing behind it. */
    record Empty(String from) implements Node {
        @Override
        public String what() {
            return "empty";
        }
    }
}
