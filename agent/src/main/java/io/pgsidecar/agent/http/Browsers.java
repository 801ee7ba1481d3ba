package io.pgsidecar.agent.http;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Who wants a page and not a body for programs, by the {@code Accept} that a request has. */
final class Browsers {

    private static final String HTML = "text/html";
    private static final String XHTML = "application/xhtml+xml";

    private Browsers() {}

    /**
     * Whether it is a browser that asks. Each names XHTML beside HTML; a person may ask for nothing but HTML. Some programs name
     * HTML among all that they know of (Java's {@code HttpURLConnection} does if it is told nothing): these are none.
     */
    static boolean ask(@Nullable String accept) {
        if (accept == null) {
            return false;
        }
        List<String> types = types(accept);
        return types.contains(HTML) && (types.contains(XHTML) || types.size() == 1);
    }

    /** Whether JSON is asked for by name, and HTML is not. */
    static boolean askForJson(@Nullable String accept) {
        return accept != null
                && types(accept).contains("application/json")
                && !types(accept).contains(HTML);
    }

    /** Those that are named and not ruled out. */
    private static List<String> types(String accept) {
        return Arrays.stream(accept.toLowerCase(Locale.ROOT).split(",", -1))
                .map(String::strip)
                .filter(range -> !range.replace(" ", "").matches(".*;q=0(\\.0*)?(;.*)?"))
                .map(range -> range.split(";", 2)[0].strip())
                .filter(type -> !type.isEmpty())
                .toList();
    }
}
