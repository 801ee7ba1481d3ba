package io.pgsidecar.agent.metrics;

import io.pgsidecar.probes.metrics.Family;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Which program this is. */
final class BuildFamilies {

    private BuildFamilies() {}

    static List<Family> now() {
        Map<String, String> labels = new LinkedHashMap<>();
        labels.put(
                "version",
                Objects.requireNonNullElse(BuildFamilies.class.getPackage().getImplementationVersion(), "unknown"));
        labels.put("java", Runtime.version().toString());
        Families families = new Families();
        families.gauge("pgsidecar_build_info", "1; the labels tell the agent's version and Java's.", labels, 1);
        return families.all();
    }
}
