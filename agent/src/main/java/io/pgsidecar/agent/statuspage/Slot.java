package io.pgsidecar.agent.statuspage;

import io.pgsidecar.probes.metrics.Family;
import io.pgsidecar.probes.metrics.Sample;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A replication slot, as the collectors saw it.
 *
 * @param type {@code physical} or {@code logical}; empty if it was not seen
 * @param database empty for a physical one
 * @param walStatus PostgreSQL's word; empty if it was not seen
 * @param keptBytes WAL that is kept for it
 * @param safeBytes what may be written before it is in danger; empty without a limit
 */
public record Slot(
        String name,
        String type,
        String database,
        boolean active,
        String walStatus,
        OptionalLong keptBytes,
        OptionalLong safeBytes) {

    private static final String PREFIX = "pg_replication_slots_";
    private static final String NAME = "slot_name";
    private static final String TYPE = "slot_type";
    private static final String STATUS = "wal_status";

    /** All that are on a page of metrics, in the order of their names. */
    public static List<Slot> of(List<Family> families) {
        Map<String, Map<String, Sample>> bySlot = new TreeMap<>();
        for (Family family : families) {
            if (family.name().startsWith(PREFIX)) {
                family.samples().forEach(sample -> {
                    String slot = sample.labels().get(NAME);
                    if (slot != null) {
                        // A query of the user's may have the same name: the collector's comes first.
                        bySlot.computeIfAbsent(slot, name -> new LinkedHashMap<>())
                                .putIfAbsent(family.name().substring(PREFIX.length()), sample);
                    }
                });
            }
        }
        List<Slot> slots = new ArrayList<>();
        bySlot.forEach((name, values) -> slots.add(new Slot(
                name,
                label(values.get("slot_is_active"), TYPE),
                label(values.get("active"), "database"),
                number(values.get("active")).orElse(0) == 1,
                label(values.get(STATUS), STATUS),
                number(values.get("pg_wal_lsn_diff")),
                number(values.get("safe_wal_size_bytes")))));
        return slots;
    }

    private static String label(@Nullable Sample sample, String label) {
        return sample == null ? "" : Objects.requireNonNullElse(sample.labels().get(label), "");
    }

    private static OptionalLong number(@Nullable Sample sample) {
        return sample == null || Double.isNaN(sample.value())
                ? OptionalLong.empty()
                : OptionalLong.of((long) sample.value());
    }
}
