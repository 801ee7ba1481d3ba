package io.pgsidecar.agent.pod;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Writes lines of {@code a.b.c: value} as nested YAML; the last line of a key counts. */
final class YamlTree {

    private YamlTree() {}

    static String of(List<String> lines) {
        Map<String, Object> root = new TreeMap<>();
        for (String line : lines) {
            int colon = line.indexOf(": ");
            put(root, line.substring(0, colon), line.substring(colon + 2));
        }
        StringBuilder yaml = new StringBuilder();
        write(root, "", yaml);
        return yaml.toString();
    }

    @SuppressWarnings("unchecked")
    private static void put(Map<String, Object> section, String key, String value) {
        int dot = key.indexOf('.');
        if (dot < 0) {
            section.put(key, value);
        } else {
            Object below = section.computeIfAbsent(key.substring(0, dot), k -> new TreeMap<String, Object>());
            put((Map<String, Object>) below, key.substring(dot + 1), value);
        }
    }

    @SuppressWarnings("unchecked")
    private static void write(Map<String, Object> section, String indent, StringBuilder yaml) {
        section.forEach((key, value) -> {
            if (value instanceof Map<?, ?> below) {
                yaml.append(indent).append(key).append(":\n");
                write((Map<String, Object>) below, indent + "  ", yaml);
            } else {
                yaml.append(indent).append(key).append(": ").append(value).append('\n');
            }
        });
    }
}
