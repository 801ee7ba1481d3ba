package io.pgsidecar.agent.metrics.queries;

import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where queries come from: a file, or a folder of files. Written {@code PREFIX=PATH}, each series' name gets the prefix
 * and an underscore before it: {@code cnpg=/queries} makes CloudNativePG's names.
 *
 * @param prefix what each series' name begins with, the underscore included; may be empty
 */
public record QuerySource(String prefix, Path path) {

    private static final Pattern PREFIXED = Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)=(.+)");

    /** Understands what is configured. */
    public static QuerySource of(String word) {
        Matcher prefixed = PREFIXED.matcher(word);
        return prefixed.matches()
                ? new QuerySource(prefixed.group(1) + "_", Path.of(prefixed.group(2)))
                : new QuerySource("", Path.of(word));
    }
}
