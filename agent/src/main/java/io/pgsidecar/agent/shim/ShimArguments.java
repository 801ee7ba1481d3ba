package io.pgsidecar.agent.shim;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A command line of {@code pgsidecar-wal}.
 *
 * @param verb null if only {@code --help} or {@code --version} is asked for
 * @param values the arguments after the verb
 * @param socket {@code --socket}, null if it is not given
 * @param timeoutSeconds {@code --timeout}
 */
record ShimArguments(
        @Nullable WalVerb verb,
        List<String> values,
        @Nullable String socket,
        int timeoutSeconds,
        boolean help,
        boolean version) {

    private static final int DEFAULT_TIMEOUT = 120;
    /** A preStop hook must not hold up what comes after it. */
    private static final int DRAIN_TIMEOUT = 10;

    private static final int LONGEST_TIMEOUT = 86_400;
    /** More than any system's PATH_MAX. */
    private static final int LONGEST_PATH = 8 * 1024;
    /** What Java makes of bytes that are not UTF-8: the path that they meant is lost. */
    private static final char REPLACEMENT = '\uFFFD';

    static ShimArguments parse(List<String> words) throws UsageException {
        return new Reader(words).read();
    }

    /** Reads on after a mistake, because the verb decides the exit code; the first mistake is the one reported. */
    private static final class Reader {
        private final List<String> words;
        private final List<String> values = new ArrayList<>();
        private int next;
        private @Nullable WalVerb verb;
        private @Nullable String socket;
        private @Nullable String timeout;
        private boolean help;
        private boolean version;
        private @Nullable String mistake;

        Reader(List<String> words) {
            this.words = words;
        }

        ShimArguments read() throws UsageException {
            boolean options = true;
            while (next < words.size()) {
                String word = words.get(next++);
                if (options && word.equals("--")) {
                    options = false;
                } else if (options && word.startsWith("-") && word.length() > 1) {
                    readOption(word);
                } else {
                    readValue(word);
                }
            }
            check();
            if (mistake != null) {
                throw new UsageException(verb, values, mistake);
            }
            return new ShimArguments(verb, List.copyOf(values), socket, seconds(timeout), help, version);
        }

        private void readOption(String word) throws UsageException {
            switch (word) {
                case "--help" -> help = true;
                case "--version" -> version = true;
                case "--socket" -> socket = value(word, socket);
                case "--timeout" -> timeout = value(word, timeout);
                default -> {
                    if (word.startsWith("--socket=")) {
                        socket = word.substring("--socket=".length());
                    } else if (word.startsWith("--timeout=")) {
                        timeout = word.substring("--timeout=".length());
                    } else {
                        mistake("unknown option \"" + word + "\"");
                        stopWithoutVerb();
                    }
                }
            }
        }

        private @Nullable String value(String option, @Nullable String before) {
            if (next < words.size()) {
                return words.get(next++);
            }
            mistake("option " + option + " needs a value");
            return before;
        }

        private void readValue(String word) throws UsageException {
            if (verb == null) {
                for (WalVerb known : WalVerb.values()) {
                    if (known.word().equals(word)) {
                        verb = known;
                        return;
                    }
                }
                mistake("unknown command \"" + word + "\"");
                stopWithoutVerb();
            } else if (values.size() == verb.arguments()) {
                mistake("too many arguments, the first of them is \"" + word + "\"");
            } else {
                if (word.isEmpty()) {
                    mistake("an argument is empty");
                } else if (word.length() >= LONGEST_PATH) {
                    mistake("an argument is longer than any path");
                } else if (word.indexOf(REPLACEMENT) >= 0) {
                    mistake("a path is not in UTF-8, which only the C program can pass on: \"" + word + "\"");
                }
                values.add(word);
            }
        }

        /** Whether the word after an unknown option is its value or the verb cannot be known. */
        private void stopWithoutVerb() throws UsageException {
            if (verb == null && mistake != null) {
                throw new UsageException(null, values, mistake);
            }
        }

        private void check() {
            if (!values.isEmpty() || !(help || version)) {
                if (verb == null) {
                    mistake("no command is given");
                } else if (help || version) {
                    // Exit 0 would tell PostgreSQL that the file is stored or restored.
                    mistake((help ? "--help" : "--version") + " stands beside a command");
                } else if (values.size() < verb.arguments()) {
                    mistake(verb.word() + " needs " + verb.needs());
                }
            }
            if (socket != null && socket.isEmpty()) {
                mistake("--socket is empty");
            }
            if (seconds(timeout) == 0) {
                mistake("--timeout \"" + timeout + "\" is not a whole number of seconds from 1 to 86400");
            }
        }

        private void mistake(String text) {
            if (mistake == null) {
                mistake = text;
            }
        }

        /** 0 if that is no number in range. */
        private int seconds(@Nullable String text) {
            if (text == null) {
                return verb == WalVerb.DRAIN ? DRAIN_TIMEOUT : DEFAULT_TIMEOUT;
            }
            int value = 0;
            for (int i = 0; i < text.length(); i++) {
                char c = text.charAt(i);
                if (c < '0' || c > '9') {
                    return 0;
                }
                value = value * 10 + (c - '0');
                if (value > LONGEST_TIMEOUT) {
                    return 0;
                }
            }
            return value;
        }
    }
}
