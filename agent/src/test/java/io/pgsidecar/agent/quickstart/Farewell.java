package io.pgsidecar.agent.quickstart;

import io.pgsidecar.agent.pod.Pod;
import java.nio.file.Path;
import java.util.stream.Stream;

/** What is left running, and what can be done with it. */
record Farewell(Stage stage, String command) {

    void say() {
        Narrator narrator = stage.narrator();
        Pod primary = stage.primary();
        Pod standby = stage.standby();
        narrator.plain("");
        narrator.title("All of it goes on running, until you stop it");
        for (Pod pod : Stream.of(primary, standby, stage.replica())
                .filter(pod -> pod.agent().running())
                .toList()) {
            String http = "http://127.0.0.1:" + pod.agent().port();
            narrator.plain("  " + Stage.name(pod));
            narrator.plain("    SQL     " + psql(pod));
            narrator.plain("    HTTP    %1$s/readyz  %1$s/livez  %1$s/status".formatted(http));
            narrator.plain("    metrics http://127.0.0.1:%d/metrics"
                    .formatted(pod.agent().metricsPort()));
            narrator.plain("    logs    %s  %s"
                    .formatted(pod.home().resolve("agent/agent.log"), pod.home().resolve("pg/postgres.log")));
        }
        narrator.plain("  backups and WAL");
        narrator.plain("    files   " + stage.folder().repository());
        narrator.plain("");
        narrator.title("To try next");
        example(
                "what the agent has archived",
                "curl --unix-socket %s http://localhost/status"
                        .formatted(primary.agent().socket()));
        example(
                "a row that the standby gets through the archive",
                psql(primary)
                        + " -c \"INSERT INTO messages (branch, body) VALUES (-9, 'mine')\" -c \"SELECT pg_switch_wal()\"",
                psql(standby) + " -c \"SELECT * FROM messages WHERE branch < 0\"");
        Path app = stage.folder().app();
        example(
                "what there is to restore",
                "%s backup list --config %s"
                        .formatted(app.resolve("bin/pgsidecar"), primary.agent().config()));
        example(
                "each setting, and where it comes from",
                "%s config --config %s"
                        .formatted(app.resolve("bin/pgsidecar"), primary.agent().config()));
        narrator.plain("");
        narrator.title("To stop and remove it");
        narrator.plain("    " + command + " --stop");
    }

    private void example(String what, String... commands) {
        stage.narrator().plain("  " + what);
        for (String line : commands) {
            stage.narrator().plain("    " + line);
        }
    }

    private String psql(Pod pod) {
        return "psql \"postgresql://postgres@127.0.0.1:%d/postgres?passfile=%s\""
                .formatted(pod.server().port(), stage.folder().pgpass());
    }
}
