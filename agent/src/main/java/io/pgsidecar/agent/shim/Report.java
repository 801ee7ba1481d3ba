package io.pgsidecar.agent.shim;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** Lines on stderr in the style of PostgreSQL's own programs: they appear in PostgreSQL's log. */
final class Report {

    private final OutputStream stderr;

    /** @param stderr unbuffered: each line is one write, so that lines of several processes do not mix */
    Report(OutputStream stderr) {
        this.stderr = stderr;
    }

    void error(String text) {
        line("error: " + text);
    }

    void detail(String text) {
        line("detail: " + text);
    }

    void hint(String text) {
        line("hint: " + text);
    }

    /** Something that is no error. */
    void note(String text) {
        line(text);
    }

    /** A line of the agent's answer after the first; a detail unless it says "hint: " itself. */
    void more(String text) {
        if (!text.isEmpty()) {
            line(text.startsWith("detail: ") || text.startsWith("hint: ") ? text : "detail: " + text);
        }
    }

    private void line(String text) {
        StringBuilder line = new StringBuilder("pgsidecar-wal: ");
        // What a terminal or a log reader could take for more than text.
        text.codePoints().map(c -> Character.isISOControl(c) ? '?' : c).forEach(line::appendCodePoint);
        try {
            stderr.write(line.append('\n').toString().getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            // Nobody reads: the exit code still tells.
        }
    }
}
