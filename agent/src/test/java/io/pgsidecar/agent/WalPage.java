package io.pgsidecar.agent;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** docs/wal.md, read for what tests hold it to. */
final class WalPage {

    private WalPage() {}

    static String text() {
        try {
            return Files.readString(Path.of("../docs/wal.md"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The code block that is marked with the title. */
    static String byHand(String title) {
        Matcher m = Pattern.compile("```\\w+ by-hand: " + Pattern.quote(title) + "\\n(.*?)```", Pattern.DOTALL)
                .matcher(text());
        if (!m.find()) {
            throw new IllegalStateException("docs/wal.md has no block \"by-hand: " + title + "\"");
        }
        return m.group(1);
    }
}
