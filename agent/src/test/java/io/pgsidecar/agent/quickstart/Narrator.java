package io.pgsidecar.agent.quickstart;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;

/** Tells the story line by line, each with the seconds since its beginning. */
final class Narrator {

    private static final String INDENT = " ".repeat(10);

    private final PrintStream out;
    private final boolean terminal;
    private final long began = System.nanoTime();
    private int chapters;
    private int proven;

    /**
     * A narrator.
     *
     * @param terminal whether it may print what only a terminal understands
     */
    Narrator(PrintStream out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    void chapter(String title) {
        chapters++;
        out.println();
        out.println(strong(chapters + ". " + title));
    }

    void tell(String line) {
        out.printf(Locale.ROOT, "%6.1f s  %s%n", seconds(), line);
    }

    /** Tells what was checked, and counts it. */
    void prove(String line) {
        proven++;
        tell(strong("proven: ") + line);
    }

    /** How many things were checked. */
    int proven() {
        return proven;
    }

    /** The seconds since the beginning. */
    double seconds() {
        return (System.nanoTime() - began) / 1e9;
    }

    /** Shows a piece of a file, or commands to copy. */
    void show(List<String> lines) {
        lines.forEach(line -> out.println(INDENT + "  " + line));
    }

    /** Shows rows of the same length, the first of them as the head. */
    void table(List<List<String>> rows) {
        int[] widths = new int[rows.getFirst().size()];
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                line.append("  ")
                        .append(row.get(i))
                        .repeat(" ", widths[i] - row.get(i).length());
            }
            out.println(INDENT + line.toString().stripTrailing());
        }
    }

    /** A line of its own, outside the times. */
    void plain(String line) {
        out.println(line);
    }

    /** A title without a number. */
    void title(String line) {
        out.println(strong(line));
    }

    private String strong(String text) {
        return terminal ? "\033[1m" + text + "\033[0m" : text;
    }
}
