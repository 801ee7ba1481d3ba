package io.pgsidecar.agent;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A page of the documentation, read for what tests hold it to.
 *
 * @param name the file's, in {@code docs}
 */
public record DocsPage(String name) {

    public static final DocsPage WAL = new DocsPage("wal.md");
    public static final DocsPage BACKUP = new DocsPage("backup.md");
    public static final DocsPage RECOVERY = new DocsPage("recovery.md");
    public static final DocsPage REST = new DocsPage("rest.md");
    public static final DocsPage METRICS = new DocsPage("metrics.md");

    /** All of it. */
    public String text() {
        try {
            return Files.readString(Path.of("../docs").resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The code block that is marked with the title, behind its language. */
    public String block(String title) {
        Matcher m = Pattern.compile("```\\w+ " + Pattern.quote(title) + "\\n(.*?)```", Pattern.DOTALL)
                .matcher(text());
        if (!m.find()) {
            throw new IllegalStateException("docs/%s has no block \"%s\"".formatted(name, title));
        }
        return m.group(1);
    }
}
