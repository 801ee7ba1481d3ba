package io.pgsidecar.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.k8s.Observation.Role;
import io.pgsidecar.k8s.Observation.Server;
import io.pgsidecar.k8s.RoleLabel.Wanted;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What is sent: the difference, and nothing else. */
class LabelPatchTest {

    private static final Instant NOW = Instant.parse("2026-03-04T05:06:07.89Z");
    private static final List<RoleLabel> KEYS =
            List.of(new RoleLabel("role", "primary", "replica"), new RoleLabel("old/role", "master", "replica"));

    private static Pod pod(Map<String, String> labels, Map<String, String> annotations) {
        return new Pod("pg-0", "uid", "77", labels, annotations, Optional.empty(), "Running", true, false);
    }

    private static Observation primary(long timeline, String system, String lsn) {
        return new Observation(Role.PRIMARY, Server.SERVING, Duration.ZERO, timeline, system, lsn);
    }

    @Test
    void isForThePodAsItWasRead() {
        Pod own = pod(Map.of("role", "replica"), Map.of());
        assertThat(LabelPatch.of(own, KEYS, Wanted.PRIMARY, primary(3, "7", "0/1"), false, NOW)
                        .json(own))
                .hasToString("""
                        {"metadata":{"resourceVersion":"77","labels":{"role":"primary","old/role":"master"},\
                        "annotations":{"pgsidecar.io/role":"primary","pgsidecar.io/timeline":"3",\
                        "pgsidecar.io/system-identifier":"7","pgsidecar.io/role-since":"2026-03-04T05:06:07Z",\
                        "pgsidecar.io/lsn":"0/1"}}}""");
        assertThat(LabelPatch.of(own, KEYS, Wanted.NONE, Observation.none(), true, NOW)
                        .json(own))
                .as("the one that is there is taken away, the role that is not known is not said")
                .hasToString("""
                        {"metadata":{"resourceVersion":"77","labels":{"role":null}}}""");
    }

    @Test
    void isEmptyWhenAllIsSaidAndKeepsSinceWhenItIsSo() {
        Map<String, String> said = Map.of(
                Claim.ROLE, "primary",
                Claim.TIMELINE, "3",
                Claim.SYSTEM_IDENTIFIER, "7",
                Claim.ROLE_SINCE, "2026-01-01T00:00:00Z",
                Claim.LSN, "0/1");
        Pod own = pod(Map.of("role", "primary", "old/role", "master"), said);
        assertThat(LabelPatch.of(own, KEYS, Wanted.PRIMARY, primary(3, "7", "0/2"), false, NOW)
                        .empty())
                .isTrue();
        LabelPatch moved = LabelPatch.of(own, KEYS, Wanted.PRIMARY, primary(3, "7", "0/2"), true, NOW);
        assertThat(moved.lsnOnly()).isTrue();
        assertThat(moved.annotations()).containsExactly(Map.entry(Claim.LSN, "0/2"));
        assertThat(LabelPatch.of(own, KEYS, Wanted.PRIMARY, primary(0, "", ""), true, NOW)
                        .empty())
                .as("what is not known now does not wipe out what was")
                .isTrue();
        assertThat(LabelPatch.of(own, KEYS, Wanted.PRIMARY, primary(4, "7", "0/2"), false, NOW)
                        .annotations())
                .containsOnlyKeys(Claim.TIMELINE, Claim.ROLE_SINCE, Claim.LSN);
    }
}
