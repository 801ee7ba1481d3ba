package io.pgsidecar.agent.quickstart;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pgsidecar.agent.pod.Pod;
import io.pgsidecar.agent.pod.Program;
import java.time.Duration;
import java.util.List;

/** The agent's first base backup, which it takes by itself while writing goes on. */
final class TakeBackup implements Chapter {

    private static final int CONNECTIONS = 2;
    private static final Duration AFTER = Duration.ofSeconds(1);
    private static final String SCHEDULE = "15 2 * * *";

    @Override
    public String title() {
        return "A base backup, by schedule, while writing goes on";
    }

    @Override
    public void tell(Stage stage) throws JsonProcessingException, InterruptedException {
        Narrator narrator = stage.narrator();
        Pod pod = stage.primary();
        pod.agent().stop();
        pod.agent().set("backup.schedule", SCHEDULE).set("backup.immediate", "true");
        narrator.tell(
                "the agent is given a schedule and started again: ready after " + Amounts.time(stage.startAgent(pod)));
        narrator.show(List.of("backup:", "  schedule: " + SCHEDULE, "  immediate: true"));
        try (WriteLoad load = new WriteLoad(pod.server(), CONNECTIONS)) {
            long began = System.nanoTime();
            pod.agent().await("the first backup has ended", () -> ended(backup(pod)));
            narrator.tell("there was no backup yet, so it has taken one, within %s; %s were written meanwhile"
                    .formatted(Amounts.time(Amounts.since(began)), Amounts.count(load.rows(), "row")));
            Thread.sleep(AFTER);
            load.stop();
        }
        JsonNode backup = backup(pod);
        if (!backup.path("state").asText().equals("done")) {
            throw new StoryException(
                    "the backup failed: " + backup.path("error").asText());
        }
        narrator.tell("pgsidecar backup list");
        Program list = Program.run(pod, "backup", "list");
        Commands.show(stage, list, "the list of backups");
        if (list.out().lines().filter(line -> line.endsWith("DONE")).count() != 1) {
            throw new StoryException("one backup was to be DONE");
        }
        narrator.prove("it is done, which it only is when all WAL that it needs is archived");
    }

    private static boolean ended(JsonNode backup) {
        return backup.path("state").asText().matches("done|failed");
    }

    private static JsonNode backup(Pod pod) throws JsonProcessingException {
        return new ObjectMapper().readTree(pod.agent().get("/status").body()).path("backup");
    }
}
