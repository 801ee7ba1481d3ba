package io.pgsidecar.agent.config;

import java.util.LinkedHashMap;
import java.util.Map;

/** Pairs in one line of text: {@code team=db,env=prod}. */
final class KeyValues {

    private KeyValues() {}

    /**
     * The pairs in their order.
     *
     * @throws IllegalArgumentException if it is something else, or has a key twice
     */
    static Map<String, String> parse(String text) {
        Map<String, String> pairs = new LinkedHashMap<>();
        for (String pair : text.split(",", -1)) {
            int equals = pair.indexOf('=');
            if (equals < 1
                    || pairs.put(
                                    pair.substring(0, equals).strip(),
                                    pair.substring(equals + 1).strip())
                            != null) {
                throw new IllegalArgumentException("not key=value,key=value with each key once: " + text);
            }
        }
        return pairs;
    }
}
