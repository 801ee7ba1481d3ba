package io.pgsidecar.agent.quickstart;

import io.pgsidecar.agent.pod.Pod;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;

/** The agent, then PostgreSQL beside it. */
final class StartPrimary implements Chapter {

    @Override
    public String title() {
        return "A primary that archives through its agent";
    }

    @Override
    public void tell(Stage stage) throws IOException {
        Narrator narrator = stage.narrator();
        Pod pod = stage.primary();
        narrator.tell("started the agent: ready after %s, on port %d; PostgreSQL is not there yet"
                .formatted(Amounts.time(stage.startAgent(pod)), pod.agent().port()));
        narrator.show(Files.readAllLines(pod.agent().config()));
        String up = Amounts.time(stage.startServer(pod));
        narrator.tell("started PostgreSQL %s: up after %s, on port %d"
                .formatted(
                        pod.server().query("SHOW server_version"),
                        up,
                        pod.server().port()));
        narrator.show(List.of("archive_mode = on", "archive_command = '" + pod.command("archive %p") + "'"));
        narrator.tell(
                "in a pod it is /run/pgsidecar/pgsidecar-wal archive %p: it finds the agent's socket beside itself");
    }
}
