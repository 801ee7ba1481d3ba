package io.pgsidecar.agent.quickstart;

import io.pgsidecar.agent.pod.AgentProcess;
import io.pgsidecar.agent.pod.Pod;
import java.util.ArrayList;
import java.util.List;

/** What Prometheus reads of each agent. */
final class ReadMetrics implements Chapter {

    private static final List<String> LINES = List.of(
            "pg_up ",
            "pg_replication_is_replica ",
            "pg_database_size_bytes{datname=\"postgres\"} ",
            "pgsidecar_archive_ready_files ",
            "pgsidecar_volume_used_ratio{volume=\"pgdata\"} ");

    @Override
    public String title() {
        return "Metrics, as Prometheus reads them";
    }

    @Override
    public void tell(Stage stage) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("pod", "series of", "and among them"));
        read(stage.primary(), 0, rows);
        read(stage.standby(), 1, rows);
        stage.narrator().table(rows);
        stage.narrator().prove("both are scraped under postgres_exporter's names, and each says what it is");
    }

    private static void read(Pod pod, int replica, List<List<String>> rows) {
        AgentProcess agent = pod.agent();
        List<String> page = new ArrayList<>();
        // Sizes are asked for slowly, and later than whether it is up.
        agent.await("the page tells of all", () -> {
            page.clear();
            agent.get(agent.metricsPort(), "/metrics").body().lines().forEach(page::add);
            return LINES.stream().allMatch(line -> page.stream().anyMatch(has -> has.startsWith(line)))
                    && page.contains("pg_up 1.0")
                    && page.contains("pg_replication_is_replica %d.0".formatted(replica));
        });
        String series = Long.toString(
                page.stream().filter(line -> !line.startsWith("#")).count());
        for (String begin : LINES) {
            boolean first = begin.equals(LINES.getFirst());
            rows.add(List.of(
                    first ? Stage.name(pod) : "",
                    first ? "%s at http://127.0.0.1:%d/metrics".formatted(series, agent.metricsPort()) : "",
                    page.stream()
                            .filter(line -> line.startsWith(begin))
                            .findFirst()
                            .orElseThrow()));
        }
    }
}
