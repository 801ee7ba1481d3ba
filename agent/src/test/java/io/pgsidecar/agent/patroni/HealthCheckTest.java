package io.pgsidecar.agent.patroni;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.probes.InstanceRole;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HealthCheckTest {

    private static final MemberTags NO_TAGS = new MemberTags(Map.of());
    private static final MemberTags TAGS = new MemberTags(Map.of("zone", "a", "clonefrom", "true"));

    /** A replica that streams lacks 100 bytes of the primary's, and has 100 more to replay. */
    private static Node node(String name) {
        return switch (name) {
            case "primary" -> primary(Optional.empty());
            case "closed primary" -> primary(Optional.of("draining"));
            case "replica" -> streaming(Optional.empty());
            case "closed replica" -> streaming(Optional.of("draining"));
            case "archive replica" ->
                new Node(
                        ServerState.RUNNING,
                        InstanceRole.REPLICA,
                        "replica, replays",
                        Optional.empty(),
                        Optional.of("in archive recovery"),
                        OptionalLong.empty(),
                        OptionalLong.empty());
            case "cut off replica" ->
                new Node(
                        ServerState.RUNNING,
                        InstanceRole.REPLICA,
                        "replica, waits",
                        Optional.empty(),
                        Optional.empty(),
                        OptionalLong.empty(),
                        OptionalLong.empty());
            case "frozen primary" -> down(ServerState.UNKNOWN, InstanceRole.PRIMARY);
            case "frozen replica" -> down(ServerState.UNKNOWN, InstanceRole.REPLICA);
            case "starting" -> down(ServerState.STARTING, InstanceRole.UNKNOWN);
            case "stopped primary" -> down(ServerState.STOPPED, InstanceRole.PRIMARY);
            case "role unknown" ->
                new Node(
                        ServerState.RUNNING,
                        InstanceRole.UNKNOWN,
                        "cannot log in",
                        Optional.empty(),
                        Optional.empty(),
                        OptionalLong.empty(),
                        OptionalLong.empty());
            default -> throw new IllegalArgumentException(name);
        };
    }

    private static Node primary(Optional<String> closed) {
        return new Node(
                ServerState.RUNNING,
                InstanceRole.PRIMARY,
                "primary, writes",
                closed,
                Optional.empty(),
                OptionalLong.empty(),
                OptionalLong.empty());
    }

    private static Node streaming(Optional<String> closed) {
        return new Node(
                ServerState.RUNNING,
                InstanceRole.REPLICA,
                "replica, streams",
                closed,
                Optional.of("streaming"),
                OptionalLong.of(200),
                OptionalLong.of(100));
    }

    private static Node down(ServerState state, InstanceRole role) {
        return new Node(
                state, role, "down", Optional.empty(), Optional.empty(), OptionalLong.empty(), OptionalLong.empty());
    }

    private static CheckQuery query(String text) {
        Map<String, String> parameters = new LinkedHashMap<>();
        for (String pair : text.split("&", -1)) {
            String[] parts = pair.split("=", 2);
            parameters.put(parts[0], parts.length > 1 ? parts[1] : "");
        }
        return CheckQuery.of(parameters);
    }

    private static CheckAnswer answer(String path, String query, String node, MemberTags tags) {
        return HealthCheck.at(path).orElseThrow().answer(node(node), tags, query(query));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # node            | / | primary | replica | read-only | read-only-sync | sync | leader | health | readiness
            primary           | 200 | 200   | 503     | 200       | 200            | 501  | 501    | 200    | 200
            closed primary    | 503 | 503   | 503     | 503       | 503            | 501  | 501    | 200    | 503
            replica           | 503 | 503   | 200     | 200       | 501            | 501  | 501    | 200    | 200
            closed replica    | 503 | 503   | 503     | 503       | 501            | 501  | 501    | 200    | 503
            archive replica   | 503 | 503   | 200     | 200       | 501            | 501  | 501    | 200    | 503
            cut off replica   | 503 | 503   | 200     | 200       | 501            | 501  | 501    | 200    | 503
            frozen primary    | 503 | 503   | 503     | 503       | 503            | 501  | 501    | 503    | 503
            frozen replica    | 503 | 503   | 503     | 503       | 503            | 501  | 501    | 503    | 503
            starting          | 503 | 503   | 503     | 503       | 503            | 501  | 501    | 503    | 503
            stopped primary   | 503 | 503   | 503     | 503       | 503            | 501  | 501    | 503    | 503
            role unknown      | 503 | 503   | 503     | 503       | 503            | 501  | 501    | 200    | 503
            """)
    void whoIsSentClients(
            String node,
            int root,
            int primary,
            int replica,
            int readOnly,
            int readOnlySync,
            int sync,
            int leader,
            int health,
            int readiness) {
        assertThat(statuses(node, "/")).isEqualTo(root);
        assertThat(statuses(node, "/primary", "/master", "/read-write")).isEqualTo(primary);
        assertThat(statuses(node, "/replica")).isEqualTo(replica);
        assertThat(statuses(node, "/read-only")).isEqualTo(readOnly);
        assertThat(statuses(node, "/read-only-sync", "/read-only-synchronous", "/read-only-quorum"))
                .isEqualTo(readOnlySync);
        assertThat(statuses(node, "/sync", "/synchronous", "/async", "/asynchronous", "/quorum"))
                .isEqualTo(sync);
        assertThat(statuses(node, "/leader", "/standby-leader", "/standby_leader"))
                .isEqualTo(leader);
        assertThat(statuses(node, "/health")).isEqualTo(health);
        assertThat(statuses(node, "/readiness")).isEqualTo(readiness);
    }

    /** The one status that all the paths have. */
    private static int statuses(String node, String... paths) {
        int status = answer(paths[0], "", node, NO_TAGS).status();
        assertThat(paths)
                .allSatisfy(path ->
                        assertThat(answer(path, "", node, NO_TAGS).status()).isEqualTo(status));
        return status;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # path     | query                                | node             | status
            /replica   | lag=200                              | replica          | 200
            /replica   | lag=199                              | replica          | 503
            /replica   | lag=0                                | replica          | 503
            /replica   | lag=1kB                              | replica          | 200
            /replica   | lag=100&mode=write                   | replica          | 503
            /replica   | lag=                                 | replica          | 200
            /replica   | lag=16mb                             | replica          | 200
            /replica   | lag=1TB                              | archive replica  | 503
            /replica   | lag=1TB                              | cut off replica  | 503
            /replica   | lag=1TB                              | closed replica   | 503
            /replica   | lag=1TB                              | frozen replica   | 503
            /read-only | lag=199                              | replica          | 503
            /read-only | lag=200                              | replica          | 200
            /read-only | lag=0                                | primary          | 200
            /primary   | lag=0                                | primary          | 200
            /replica   | replication_state=streaming          | replica          | 200
            /replica   | replication_state=streaming          | archive replica  | 503
            /replica   | replication_state=streaming          | cut off replica  | 503
            /replica   | replication_state=in archive recovery| archive replica  | 200
            /replica   | replication_state=                   | cut off replica  | 200
            /readiness | lag=200                              | replica          | 200
            /readiness | lag=199                              | replica          | 503
            /readiness | lag=100&mode=write                   | replica          | 200
            /readiness | lag=99&mode=write                    | replica          | 503
            /readiness | lag=199&mode=apply                   | replica          | 503
            /readiness | lag=0                                | primary          | 200
            """)
    void howFarBehind(String path, String query, String node, int status) {
        assertThat(answer(path, query == null ? "" : query, node, NO_TAGS).status())
                .isEqualTo(status);
    }

    @Test
    void readinessAllowsTheLagThatPatroniAllows() {
        Node far = new Node(
                ServerState.RUNNING,
                InstanceRole.REPLICA,
                "replica, streams",
                Optional.empty(),
                Optional.of("streaming"),
                OptionalLong.of((1 << 20) + 1),
                OptionalLong.of(0));
        assertThat(HealthCheck.READINESS.answer(far, NO_TAGS, query("")))
                .isEqualTo(new CheckAnswer(503, "1048577 bytes behind the primary, of which 1048576 are allowed"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # path     | query                       | node    | status
            /replica   | tag_zone=a                  | replica | 200
            /replica   | tag_zone=a&tag_clonefrom=true| replica | 200
            /replica   | tag_zone=b                  | replica | 503
            /replica   | tag_zone=a&tag_disk=ssd     | replica | 503
            /replica   | tag_zone=                   | replica | 200
            /read-only | tag_zone=b                  | replica | 503
            /read-only | tag_zone=b                  | primary | 503
            /health    | tag_zone=b                  | primary | 503
            /primary   | tag_zone=b                  | primary | 200
            /          | tag_zone=b                  | primary | 200
            """)
    void tags(String path, String query, String node, int status) {
        assertThat(answer(path, query, node, TAGS).status()).isEqualTo(status);
    }

    @Test
    void aReplicaThatIsNotToBeBalancedIsNot() {
        MemberTags tags = new MemberTags(Map.of("noloadbalance", "true"));
        assertThat(answer("/replica", "", "replica", tags))
                .isEqualTo(new CheckAnswer(503, "the tag noloadbalance is set here"));
        assertThat(answer("/read-only", "", "replica", tags).status()).isEqualTo(503);
        assertThat(answer("/read-only", "", "primary", tags).status()).isEqualTo(200);
        assertThat(answer("/replica", "", "replica", new MemberTags(Map.of("noloadbalance", "false")))
                        .status())
                .isEqualTo(200);
    }

    @Test
    void aReasonIsGiven() {
        assertThat(answer("/primary", "", "closed primary", NO_TAGS).reason()).isEqualTo("draining");
        assertThat(answer("/primary", "", "replica", NO_TAGS).reason()).isEqualTo("no primary: replica, streams");
        assertThat(answer("/replica", "lag=1", "replica", NO_TAGS).reason())
                .isEqualTo("200 bytes behind the primary, of which 1 are allowed");
        assertThat(answer("/replica", "lag=1", "cut off replica", NO_TAGS).reason())
                .isEqualTo("how far the replica is behind is not known: no primary is heard of");
        assertThat(answer("/replica", "tag_zone=b", "replica", TAGS).reason())
                .isEqualTo("the tag zone is a here, not b");
        assertThat(answer("/replica", "tag_disk=ssd", "replica", TAGS).reason())
                .isEqualTo("the tag disk is not set here");
    }
}
