package io.pgsidecar.agent.quickstart;

import io.pgsidecar.agent.pod.AgentProcess;
import io.pgsidecar.agent.pod.Pod;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;

/** The probes, asked over HTTP as a kubelet asks them. */
final class AskProbes implements Chapter {

    @Override
    public String title() {
        return "The probes, over HTTP";
    }

    @Override
    public void tell(Stage stage) {
        List<List<String>> rows = new ArrayList<>();
        ask(stage.primary(), "primary", rows);
        ask(stage.standby(), "replica", rows);
        stage.narrator().table(rows);
        stage.narrator().prove("both are alive and ready, each under its own role");
    }

    private static void ask(Pod pod, String role, List<List<String>> rows) {
        AgentProcess agent = pod.agent();
        List<HttpResponse<String>> answers = new ArrayList<>();
        // The agent observes once a second: its word may be that much older than the last chapter.
        agent.await("/livez says 200, and /readyz " + role, () -> {
            answers.clear();
            answers.add(agent.get("/livez"));
            answers.add(agent.get("/readyz"));
            return answers.stream().allMatch(answer -> answer.statusCode() == 200)
                    && answers.getLast().body().startsWith(role);
        });
        if (rows.isEmpty()) {
            rows.add(List.of("pod", "GET", "status", "answer"));
        }
        for (HttpResponse<String> answer : answers) {
            rows.add(List.of(
                    Stage.name(pod),
                    answer.uri().toString(),
                    Integer.toString(answer.statusCode()),
                    answer.body().strip()));
        }
    }
}
