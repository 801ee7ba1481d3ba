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
        // The agent observes once a second: its word may be that much older than the last chapter.
        agent.await(
                "/readyz says " + role,
                () -> agent.get("/readyz").body().startsWith(role)
                        && agent.get("/livez").statusCode() == 200);
        if (rows.isEmpty()) {
            rows.add(List.of("pod", "GET", "status", "answer"));
        }
        for (String path : List.of("/livez", "/readyz")) {
            HttpResponse<String> answer = agent.get(path);
            if (answer.statusCode() != 200) {
                throw new StoryException(path + " of the " + Stage.name(pod) + " answers " + answer.statusCode() + ": "
                        + answer.body().strip());
            }
            rows.add(List.of(
                    Stage.name(pod),
                    answer.uri().toString(),
                    Integer.toString(answer.statusCode()),
                    answer.body().strip()));
        }
    }
}
