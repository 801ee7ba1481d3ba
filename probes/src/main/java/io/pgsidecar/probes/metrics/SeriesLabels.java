package io.pgsidecar.probes.metrics;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;

/**
 * The labels of a series, in their order. A table's are those of thirty series, and there may be tens of thousands of
 * series: so they are made once, take little memory, and are never changed.
 */
final class SeriesLabels extends AbstractMap<String, String> {

    /** Name, value, name, value. */
    private final String[] texts;

    private final int hash;

    private SeriesLabels(Map<String, String> labels) {
        texts = new String[2 * labels.size()];
        int at = 0;
        for (Map.Entry<String, String> label : labels.entrySet()) {
            texts[at++] = label.getKey();
            texts[at++] = label.getValue();
        }
        hash = super.hashCode();
    }

    /** The same, as they are now. */
    static SeriesLabels of(Map<String, String> labels) {
        return labels instanceof SeriesLabels made ? made : new SeriesLabels(labels);
    }

    @Override
    public Set<Map.Entry<String, String>> entrySet() {
        return new AbstractSet<>() {
            @Override
            public int size() {
                return texts.length / 2;
            }

            @Override
            public Iterator<Map.Entry<String, String>> iterator() {
                return new Entries();
            }
        };
    }

    @Override
    public boolean equals(Object other) {
        return !(other instanceof SeriesLabels labels && labels.hash != hash) && super.equals(other);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    private final class Entries implements Iterator<Map.Entry<String, String>> {

        private int at;

        @Override
        public boolean hasNext() {
            return at < texts.length;
        }

        @Override
        public Map.Entry<String, String> next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            at += 2;
            return Map.entry(texts[at - 2], texts[at - 1]);
        }
    }
}
