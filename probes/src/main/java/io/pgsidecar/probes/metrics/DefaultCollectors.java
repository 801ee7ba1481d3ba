package io.pgsidecar.probes.metrics;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** The collectors that come with the agent. */
public final class DefaultCollectors {

    private static final Set<String> OFF = Set.of("stat_activity_autovacuum", "process_idle", "statio_user_indexes");

    private DefaultCollectors() {}

    /** The names of all. */
    public static Set<String> names() {
        return all(Globs.ALL, Globs.ALL, 1, "").stream()
                .map(Collector::name)
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /** The names of those that are on where nothing else is said. */
    public static Set<String> usual() {
        Set<String> usual = new LinkedHashSet<>(names());
        usual.removeAll(OFF);
        return usual;
    }

    /** Those that are on. */
    static List<Collector> of(MetricsSettings settings, String server) {
        Set<String> on = CollectorChoice.of(settings.collectors(), names(), usual());
        return all(settings.databases(), settings.tables(), settings.tablesLimit(), server).stream()
                .filter(collector -> on.contains(collector.name()))
                .toList();
    }

    /** All that there are, on or off. */
    static List<Collector> all(Globs databases, Globs tables, int tablesLimit, String server) {
        List<Collector> all = new ArrayList<>(ServerCollectors.all(databases, server));
        all.add(new SettingsCollector());
        all.addAll(ReplicationCollectors.all(databases));
        all.addAll(DatabaseCollectors.all(databases, tables, tablesLimit, server));
        return all;
    }
}
