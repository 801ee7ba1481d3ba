package io.pgsidecar.agent.metrics;

import io.pgsidecar.probes.metrics.Family;
import io.pgsidecar.probes.metrics.Sample;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Families that are being put together, a sample at a time. What is not known has none. For one thread. */
final class Families {

    private record Begun(Family.Type type, String help, List<Sample> samples) {}

    private final Map<String, Begun> all = new LinkedHashMap<>();

    void gauge(String name, String help, double value) {
        gauge(name, help, Map.of(), value);
    }

    void gauge(String name, String help, long value) {
        gauge(name, help, Map.of(), (double) value);
    }

    void gauge(String name, String help, Map<String, String> labels, long value) {
        gauge(name, help, labels, (double) value);
    }

    void gauge(String name, String help, Map<String, String> labels, double value) {
        add(name, Family.Type.GAUGE, help, labels, value);
    }

    void gauge(String name, String help, boolean value) {
        gauge(name, help, Map.of(), value ? 1 : 0);
    }

    void gauge(String name, String help, Map<String, String> labels, boolean value) {
        gauge(name, help, labels, value ? 1 : 0);
    }

    /** @param name ends in {@code _total} */
    void counter(String name, String help, Map<String, String> labels, long value) {
        counter(name, help, labels, (double) value);
    }

    /** @param name ends in {@code _total} */
    void counter(String name, String help, Map<String, String> labels, double value) {
        add(name, Family.Type.COUNTER, help, labels, value);
    }

    /** @param name ends in {@code _timestamp_seconds} */
    void time(String name, String help, Map<String, String> labels, Optional<Instant> value) {
        value.ifPresent(time -> gauge(name, help, labels, time.toEpochMilli() / 1000.0));
    }

    /** One of a few states: 1 for the one that it is in, 0 for all others. */
    <E extends Enum<E>> void state(String name, String help, String label, E[] states, Optional<E> now) {
        for (E state : states) {
            gauge(
                    name,
                    help,
                    Map.of(label, word(state)),
                    now.filter(state::equals).isPresent());
        }
    }

    static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    static double seconds(Duration time) {
        return time.toNanos() / 1e9;
    }

    private void add(String name, Family.Type type, String help, Map<String, String> labels, double value) {
        all.computeIfAbsent(name, n -> new Begun(type, help, new ArrayList<>()))
                .samples()
                .add(new Sample(labels, value));
    }

    List<Family> all() {
        List<Family> families = new ArrayList<>();
        all.forEach((name, begun) -> families.add(new Family(name, begun.type(), begun.help(), begun.samples())));
        return families;
    }
}
