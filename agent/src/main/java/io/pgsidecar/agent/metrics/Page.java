package io.pgsidecar.agent.metrics;

import io.pgsidecar.probes.metrics.Family;
import io.pgsidecar.probes.metrics.Histogram;
import io.pgsidecar.probes.metrics.Sample;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Exemplars;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.UnknownSnapshot;
import io.prometheus.metrics.model.snapshots.UnknownSnapshot.UnknownDataPointSnapshot;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;

/**
 * All families put together so that whatever reads the page can read all of it: each name once, each series once. What
 * does not go with what is there already is left out, and told.
 *
 * @param names all that the page has, as they stand in lines and as the families have them
 * @param leftOut one line for each series that is not on the page, without its value
 */
record Page(MetricSnapshots snapshots, Set<String> names, List<String> leftOut) {

    private static final String TOTAL = "_total";

    Page {
        names = Set.copyOf(names);
        leftOut = List.copyOf(leftOut);
    }

    /**
     * Puts together.
     *
     * @param snapshots what is in the client library's form already; they come first
     * @param families of equal name are one; the first one's type and help count
     * @param taken names that are not to be on it
     */
    static Page of(Collection<? extends MetricSnapshot> snapshots, List<Family> families, Set<String> taken) {
        List<MetricSnapshot> all = new ArrayList<>();
        Listed listed = each(snapshots, families, taken, all::add);
        return new Page(new MetricSnapshots(all), listed.names(), listed.leftOut());
    }

    /**
     * What came of it.
     *
     * @param names see {@link Page}
     * @param leftOut see {@link Page}
     */
    record Listed(Set<String> names, List<String> leftOut) {}

    /**
     * Puts together one after the other: of tens of thousands of series the library's form takes several times the memory
     * that they take.
     *
     * @param to takes each in turn
     */
    static Listed each(
            Collection<? extends MetricSnapshot> snapshots,
            List<Family> families,
            Set<String> taken,
            Consumer<MetricSnapshot> to) {
        Composition composition = new Composition(taken, to);
        snapshots.forEach(composition::add);
        Map<String, List<Family>> byName = new LinkedHashMap<>();
        families.forEach(family ->
                byName.computeIfAbsent(family.name(), name -> new ArrayList<>()).add(family));
        byName.values().forEach(same -> composition.add(same, byName.keySet()));
        Set<String> names = new HashSet<>(composition.all);
        names.addAll(composition.written);
        names.removeAll(taken);
        return new Listed(names, composition.leftOut);
    }

    /** A sample whose labels the library has accepted. */
    private record Point(Sample sample, Labels labels) {

        double value() {
            return sample.value();
        }
    }

    private static final class Composition {

        /** By the name that the library knows them by: a counter's has no {@code _total}. */
        private final Set<String> all = new HashSet<>();

        /** The names as they stand in the lines. */
        private final Set<String> written = new HashSet<>();

        /** What the library makes of labels takes it long, and many families have the same ones: those of a table, say. */
        private final Map<Map<String, String>, Labels> known = new HashMap<>();

        private final List<String> leftOut = new ArrayList<>();

        private final Consumer<MetricSnapshot> to;

        Composition(Set<String> taken, Consumer<MetricSnapshot> to) {
            written.addAll(taken);
            this.to = to;
        }

        private static Labels labels(Map<String, String> labels) {
            return Labels.of(List.copyOf(labels.keySet()), List.copyOf(labels.values()));
        }

        void add(MetricSnapshot snapshot) {
            String name = snapshot.getMetadata().getPrometheusName();
            String line = snapshot instanceof CounterSnapshot && !name.endsWith(TOTAL) ? name + TOTAL : name;
            if (all.contains(name) || !written.add(line)) {
                leftOut.add(line + ": another metric of this name is there");
            } else {
                all.add(name);
                to.accept(snapshot);
            }
        }

        void add(List<Family> same, Set<String> names) {
            Family first = same.getFirst();
            String name = first.name();
            List<String> lines = lines(first);
            if (all.contains(name) || lines.stream().anyMatch(written::contains)) {
                leftOut.add(name + ": another metric of this name is there");
                return;
            }
            written.addAll(lines);
            Map<Labels, Point> points = new LinkedHashMap<>();
            same.stream()
                    .flatMap(family -> family.samples().stream())
                    .forEach(sample -> add(name, first.type(), sample, points));
            if (points.isEmpty()) {
                return;
            }
            MetricSnapshot snapshot;
            try {
                snapshot = snapshot(first, points.values(), names);
            } catch (RuntimeException e) { // Of the library, on a name say that none can have.
                leftOut.add(name + ": " + e.getMessage());
                return;
            }
            all.add(name);
            to.accept(snapshot);
        }

        private void add(String name, Family.Type type, Sample sample, Map<Labels, Point> points) {
            if ((type == Family.Type.HISTOGRAM) != (sample.histogram() != null)) {
                leftOut.add("%s%s: histograms and other values cannot have one name".formatted(name, sample.labels()));
                return;
            }
            Labels labels;
            try {
                labels = known.computeIfAbsent(sample.labels(), Composition::labels);
            } catch (RuntimeException e) {
                leftOut.add("%s%s: %s".formatted(name, sample.labels(), e.getMessage()));
                return;
            }
            if (points.putIfAbsent(labels, new Point(sample, labels)) != null) {
                leftOut.add("%s%s: it is there already".formatted(name, sample.labels()));
            }
        }

        private static List<String> lines(Family family) {
            String name = family.name();
            return family.type() == Family.Type.HISTOGRAM
                    ? List.of(name + "_bucket", name + "_sum", name + "_count")
                    : List.of(name);
        }

        private static HistogramDataPointSnapshot histogram(Point point) {
            Histogram histogram = Objects.requireNonNull(point.sample().histogram());
            List<Double> bounds = new ArrayList<>();
            List<Number> counts = new ArrayList<>();
            long below = 0;
            for (Histogram.Bucket bucket : histogram.buckets()) {
                bounds.add(bucket.upperBound());
                counts.add(bucket.count() - below); // Ours are cumulative, the library's are not.
                below = bucket.count();
            }
            bounds.add(Double.POSITIVE_INFINITY);
            counts.add(histogram.count() - below);
            return new HistogramDataPointSnapshot(
                    ClassicHistogramBuckets.of(bounds, counts), histogram.sum(), point.labels(), Exemplars.EMPTY, 0);
        }

        private MetricSnapshot snapshot(Family family, Collection<Point> points, Set<String> names) {
            MetricMetadata metadata = new MetricMetadata(family.name(), family.help());
            if (family.type() == Family.Type.HISTOGRAM) {
                return new HistogramSnapshot(
                        metadata, points.stream().map(Composition::histogram).toList());
            }
            if (family.type() == Family.Type.GAUGE) {
                return new GaugeSnapshot(
                        metadata,
                        points.stream()
                                .map(point -> new GaugeDataPointSnapshot(point.value(), point.labels(), null))
                                .toList());
            }
            if (family.type() == Family.Type.COUNTER && isCounter(family.name(), points, names)) {
                return new CounterSnapshot(
                        metadata,
                        points.stream()
                                .map(point -> new CounterDataPointSnapshot(point.value(), point.labels(), null, 0))
                                .toList());
            }
            return new UnknownSnapshot(
                    metadata,
                    points.stream()
                            .map(point -> new UnknownDataPointSnapshot(point.value(), point.labels(), null))
                            .toList());
        }

        /**
         * A counter's name ends in {@code _total}, and without that no other family may have it: dashboards ask for some
         * names with and without. Any other name would be changed. A value that no counter can have is not one either.
         */
        private boolean isCounter(String name, Collection<Point> points, Set<String> names) {
            if (!name.endsWith(TOTAL)) {
                return false;
            }
            String base = name.substring(0, name.length() - TOTAL.length());
            return !names.contains(base)
                    && !all.contains(base)
                    && !written.contains(base)
                    && points.stream().noneMatch(point -> point.value() < 0);
        }
    }
}
