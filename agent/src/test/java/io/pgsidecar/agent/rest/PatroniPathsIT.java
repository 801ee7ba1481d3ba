package io.pgsidecar.agent.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pgsidecar.agent.pod.Pod;
import io.pgsidecar.agent.pod.PodFolder;
import io.pgsidecar.probes.postgres.PostgresServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** Patroni's paths before a primary and its replica; the last test stops the primary. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class PatroniPathsIT {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @TempDir(factory = PodFolder.class)
    static Path home;

    private PrimaryAndReplica both;

    @BeforeAll
    void start() {
        both = PrimaryAndReplica.start(home, "2m", "30s");
        await(both.primary(), "/primary", 200);
        await(both.replica(), "/replica?replication_state=streaming&lag=16MB", 200);
        both.primary()
                .agent()
                .await(
                        "its agent has seen that it streams",
                        () -> patroni(both.primary())
                                .at("/replication/0/state")
                                .asText()
                                .equals("streaming"));
    }

    @AfterAll
    void stop() {
        both.close();
    }

    @Test
    void theStatusIsTheSameForEachMethod() throws Exception {
        assertStatuses(both.primary(), """
                / 200, /primary 200, /primary/ 200, /master 200, /read-write 200, /replica 503, /read-only 200, /health 200
                /liveness 200, /readiness 200, /patroni 200, /read-only-sync 200, /replica?lag=16MB 503, /primary?tag_zone=a 200
                /sync 501, /async 501, /quorum 501, /leader 501, /standby-leader 501, /cluster 501, /history 501, /config 501
                /failsafe 501, /primaries 404, /livez 200, /readyz 200""");
        assertStatuses(both.replica(), """
                / 503, /primary 503, /master 503, /read-write 503, /replica 200, /read-only 200, /health 200, /liveness 200
                /readiness 200, /patroni 200, /read-only-sync 501, /replica?replication_state=streaming 200
                /replica?replication_state=in+archive+recovery 503, /replica?tag_zone=a 503, /sync 501, /leader 501
                /nothing 404""");
    }

    private static void assertStatuses(Pod pod, String paths) throws Exception {
        for (String pair : paths.replace(System.lineSeparator(), ", ").split(", ", -1)) {
            String path = pair.substring(0, pair.indexOf(' '));
            int status = Integer.parseInt(pair.substring(path.length() + 1));
            for (String method : new String[] {"GET", "HEAD", "OPTIONS"}) {
                HttpResponse<String> answer = send(pod, method, path);
                assertThat(answer.statusCode())
                        .as("%s %s: %s", method, path, answer.body())
                        .isEqualTo(status);
                assertThat(answer.body().isEmpty()).as("%s %s", method, path).isEqualTo(!method.equals("GET"));
            }
        }
    }

    @Test
    void aPrimaryTellsOfItselfWhatPostgresTells() throws Exception {
        PostgresServer server = both.primary().server();
        JsonNode told = patroni(both.primary());
        assertThat(told.get("state").asText()).isEqualTo("running");
        assertThat(told.get("role").asText()).isEqualTo("primary");
        assertThat(told.get("server_version").asText()).isEqualTo(server.query("SHOW server_version_num"));
        assertThat(told.get("timeline").asInt()).isEqualTo(1);
        assertThat(server.query("SELECT '%s'::timestamptz = pg_postmaster_start_time()"
                        .formatted(told.get("postmaster_start_time").asText())))
                .isEqualTo("t");
        assertThat(told.get("database_system_identifier").asText())
                .isEqualTo(server.query("SELECT system_identifier FROM pg_control_system()"));
        assertThat(server.query("SELECT '0/0'::pg_lsn + %s <= pg_current_wal_lsn()"
                        .formatted(told.at("/xlog/location").asText())))
                .isEqualTo("t");
        assertThat(told.get("replication"))
                .singleElement()
                .satisfies(client -> assertThat(client.toString()).isEqualTo("""
                        {"usename":"postgres","application_name":"replica","client_addr":"127.0.0.1",\
                        "state":"streaming","sync_state":"async","sync_priority":0}"""));
        assertThat(told.at("/patroni/scope").asText()).isEqualTo("main");
        assertThat(told.at("/patroni/name").asText()).isNotEmpty();
        assertThat(told.has("replication_state")).isFalse();
        assertThat(told.has("pending_restart")).isFalse();
    }

    @Test
    void aReplicaTellsOfItselfWhatPostgresTells() throws Exception {
        both.primary().server().execute("CREATE TABLE IF NOT EXISTS t AS SELECT 1 AS i");
        String written = both.primary().server().query("SELECT pg_current_wal_lsn() - '0/0'");
        both.replica()
                .agent()
                .await(
                        "it has replayed " + written,
                        () -> patroni(both.replica())
                                        .at("/xlog/replayed_location")
                                        .asLong()
                                >= Long.parseLong(written));
        // Asked one after the other: what is replayed may be behind what was received a moment ago.
        AtomicReference<JsonNode> seen = new AtomicReference<>();
        both.replica().agent().await("it has received what it has replayed", () -> {
            seen.set(patroni(both.replica()));
            return seen.get().at("/xlog/received_location").asLong()
                    >= seen.get().at("/xlog/replayed_location").asLong();
        });
        JsonNode told = seen.get();
        assertThat(told.get("role").asText()).isEqualTo("replica");
        assertThat(told.get("replication_state").asText()).isEqualTo("streaming");
        assertThat(told.get("timeline").asInt()).isEqualTo(1);
        assertThat(told.at("/xlog/paused").asBoolean()).isFalse();
        assertThat(both.replica()
                        .server()
                        .query("SELECT '%s'::timestamptz <= pg_last_xact_replay_timestamp()"
                                .formatted(told.at("/xlog/replayed_timestamp").asText())))
                .isEqualTo("t");
        assertThat(told.has("replication")).isFalse();
    }

    @Test
    void aReplicaThatDoesNotReplayIsBehind() {
        both.replica().server().execute("SELECT pg_wal_replay_pause()");
        try {
            both.primary()
                    .server()
                    .execute("SELECT pg_logical_emit_message(false, 'filler', repeat('x', 1000000))"
                            + " FROM generate_series(1, 20)");
            await(both.replica(), "/replica?lag=16MB", 503);
            await(both.replica(), "/readiness", 503);
            await(both.replica(), "/readiness?lag=1GB", 200);
            await(both.replica(), "/readiness?lag=1MB&mode=write", 200);
            await(both.replica(), "/replica", 200);
            await(both.replica(), "/replica?lag=1GB", 200);
            both.replica()
                    .agent()
                    .await(
                            "it says so",
                            () -> patroni(both.replica()).at("/xlog/paused").asBoolean());
        } finally {
            both.replica().server().execute("SELECT pg_wal_replay_resume()");
        }
        await(both.replica(), "/replica?lag=16kB", 200);
        await(both.replica(), "/readiness", 200);
    }

    @Test
    void aSettingThatWaitsForARestartIsTold() {
        setMaxConnections("= 101", "1");
        both.primary()
                .agent()
                .await(
                        "pending_restart",
                        () -> patroni(both.primary()).path("pending_restart").asBoolean());
        setMaxConnections("TO DEFAULT", "0");
        both.primary()
                .agent()
                .await("no pending_restart", () -> !patroni(both.primary()).has("pending_restart"));
    }

    /** The agent asks for it every ten seconds only, but for a session that is new. */
    private void setMaxConnections(String value, String waiting) {
        PostgresServer server = both.primary().server();
        server.execute("ALTER SYSTEM SET max_connections " + value, "SELECT pg_reload_conf()");
        server.awaitQuery("SELECT count(*) FROM pg_settings WHERE pending_restart", waiting);
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pgsidecar'");
    }

    @Test
    void aWriteIsRefusedAndTheCommandIsNamed() throws Exception {
        HttpResponse<String> switchover = send(both.replica(), "POST", "/switchover");
        assertThat(switchover.statusCode()).isEqualTo(405);
        assertThat(switchover.headers().firstValue("Allow")).contains("GET, HEAD, OPTIONS");
        assertThat(switchover.body()).contains("Unix socket: run pgsidecar promote");
        assertThat(send(both.replica(), "POST", "/reload").body()).contains("pg_reload_conf()");
        assertThat(send(both.replica(), "DELETE", "/restart").body()).contains("restart the container");
        assertThat(send(both.replica(), "PATCH", "/config").body()).contains("configuration file");
        assertThat(send(both.replica(), "PUT", "/nothing").statusCode()).isEqualTo(405);
        assertThat(send(both.replica(), "GET", "/").body()).contains("\"role\":\"replica\"");
    }

    @Test
    void aReasonComesWithEachAnswer() throws Exception {
        assertThat(send(both.replica(), "HEAD", "/primary").headers().firstValue("Pgsidecar-Reason"))
                .hasValueSatisfying(reason -> assertThat(reason).startsWith("no primary: replica, "));
        assertThat(send(both.replica(), "OPTIONS", "/replica?tag_zone=a")
                        .headers()
                        .firstValue("Pgsidecar-Reason"))
                .contains("the tag zone is not set here");
        assertThat(send(both.replica(), "GET", "/leader").body()).contains("no leader's lock");
    }

    @Test
    void whatIsNoQueryIsABadRequest() throws Exception {
        for (String path : new String[] {"/replica?lag=%zz", "/readyz?lag=%zz", "/nothing?%"}) {
            assertThat(raw("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
                    .startsWith("HTTP/1.1 400 ");
        }
        // As an old load balancer asks.
        assertThat(raw("OPTIONS /replica HTTP/1.0\r\n\r\n")).startsWith("HTTP/1.0 200 ");
    }

    @Test
    @Order(Integer.MAX_VALUE)
    void withoutAPrimaryNobodyKnowsTheLag() {
        // From here on, what is not heard any longer is waited for.
        both.replica().agent().stop();
        both.replica().agent().in(Map.of("PGSIDECAR_PROBES_MAX_AGE", "4s")).start();
        await(both.replica(), "/replica?lag=1GB", 200);
        both.primary().server().stop();
        await(both.primary(), "/primary", 503);
        await(both.primary(), "/health", 503);
        await(both.replica(), "/replica?lag=1GB", 503);
        await(both.replica(), "/readiness", 503);
        await(both.replica(), "/replica?replication_state=streaming", 503);
        await(both.replica(), "/replica?replication_state=in+archive+recovery", 200);
        await(both.replica(), "/replica", 200);
        both.primary()
                .agent()
                .await(
                        "stopped",
                        () -> patroni(both.primary()).get("state").asText().equals("stopped"));
    }

    private static void await(Pod pod, String path, int status) {
        pod.agent()
                .await(path + " answers " + status, () -> pod.agent().get(path).statusCode() == status);
    }

    private static JsonNode patroni(Pod pod) throws IOException {
        return JSON.readTree(pod.agent().get("/patroni").body());
    }

    private static HttpResponse<String> send(Pod pod, String method, String path) throws Exception {
        return HTTP.send(
                HttpRequest.newBuilder(
                                URI.create("http://127.0.0.1:" + pod.agent().port() + path))
                        .method(method, BodyPublishers.noBody())
                        .build(),
                BodyHandlers.ofString());
    }

    private String raw(String request) throws IOException {
        try (Socket socket = new Socket(
                InetAddress.getLoopbackAddress(), both.replica().agent().port())) {
            socket.setSoTimeout(120_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        }
    }
}
