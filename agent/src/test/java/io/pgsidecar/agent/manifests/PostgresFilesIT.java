package io.pgsidecar.agent.manifests;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.agent.pod.PackagedApp;
import io.pgsidecar.agent.pod.Pod;
import io.pgsidecar.agent.pod.PodFolder;
import io.pgsidecar.agent.pod.Program;
import io.pgsidecar.probes.postgres.PostgresBinaries;
import io.pgsidecar.probes.postgres.PostgresServer;
import io.pgsidecar.probes.postgres.RunAs;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A real PostgreSQL runs with the manifests' files, and the agent works with the role that they make. */
class PostgresFilesIT {

    private static final String SUPERUSER = "super-password";
    private static final String AGENT = "agent-password's";
    private static final String REPLICATION = "replication-password";

    /**
     * What there is only where there is something to tell of: Prometheus' own, Kubernetes (LabelsIT), a replica, a slot, a
     * subscription, a failed backup, a file of custom queries, checksums of pages (before 18 on demand).
     */
    private static final Pattern ELSEWHERE = Pattern.compile("up|pgsidecar_(label|label_failures|held_back|split_brain)"
            + "|pgsidecar_(replica|standby|subscription)_.*|pg_(replication_slots|stat_replication)_.*"
            + "|pgsidecar_backup_last_failure_timestamp_seconds|pg_exporter_user_queries_load_error"
            + "|pg_stat_database_checksum_failures");

    @TempDir(factory = PodFolder.class)
    Path home;

    @ParameterizedTest
    @ValueSource(ints = {14, 18})
    void theirRoleIsEnoughForTheAgentAndNoMore(int major) throws Exception {
        try (Pod pod = pod(major)) {
            pod.server().configure("log_statement = 'all'", "log_min_duration_statement = 0");
            pod.agent().set("postgres.user", "pgsidecar");
            pod.agent().set("postgres.passwordFile", secret("agent", AGENT).toString());
            // For the metrics that there are only with one.
            pod.agent().set("repositories.later.path", home.resolve("later").toString());
            pod.agent().set("repositories.later.optional", "true");
            pod.start();

            assertThat(pod.server()
                            .query("SELECT count(*) FROM pg_file_settings WHERE error IS NOT NULL AND name <> ''"))
                    .isEqualTo("0");
            assertThat(pod.server().query("SELECT count(*) FROM pg_hba_file_rules WHERE error IS NOT NULL"))
                    .isEqualTo("0");

            // What the image's entry point does once; a second time changes nothing.
            for (int i = 0; i < 2; i++) {
                Psql roles = roles(pod.server());
                assertThat(roles.exit()).as(roles.out()).isZero();
            }
            assertThat(pod.server().log()).doesNotContain(AGENT, "agent-password", REPLICATION);

            Program check = Program.run(pod, "check", "--timeout", "180");
            assertThat(check.exit()).as(check.out()).isZero();
            Program backup = Program.run(pod, "backup", "now");
            assertThat(backup.exit()).as(backup.out()).isZero();

            assertThat(loginAs(pod.server(), "pgsidecar", AGENT, "SELECT pg_reload_conf()"))
                    .contains("permission denied");
            assertThat(loginAs(pod.server(), "pgsidecar", AGENT, "CREATE ROLE other"))
                    .contains("permission denied");
            assertThat(loginAs(pod.server(), "pgsidecar", "wrong", "SELECT 1"))
                    .contains("password authentication failed");
            // A role for replication alone does not get into a database.
            assertThat(loginAs(pod.server(), "replicator", REPLICATION, "SELECT 1"))
                    .contains("rejects connection");

            // What is looked for in the repository, and what is asked slowly, comes a moment later.
            Instant patience = Instant.now().plusSeconds(60);
            while (!missing(pod).isEmpty() && Instant.now().isBefore(patience)) {
                Thread.sleep(200);
            }
            assertThat(missing(pod)).isEmpty();
        }
    }

    @Test
    void aMissingPasswordMakesNoRole() throws Exception {
        try (PostgresServer server = server(14).start()) {
            Psql none = Psql.file(
                    server,
                    SUPERUSER,
                    "postgres",
                    ManifestFiles.of("base/roles/agent-role.sql"),
                    "password_file=" + home.resolve("nowhere"));
            assertThat(none.exit()).as(none.out()).isNotZero();
            assertThat(none.out()).contains("missing or empty");
            assertThat(server.query("SELECT count(*) FROM pg_roles WHERE rolname = 'pgsidecar'"))
                    .isEqualTo("0");
        }
    }

    private Pod pod(int major) throws IOException {
        Files.createDirectories(home.resolve("agent"));
        Pod pod = Pod.of(home, PackagedApp.built(), server(major), home.resolve("repository"));
        Files.createDirectories(home.resolve("repository"));
        Files.createDirectories(home.resolve("later"));
        RunAs.own(home);
        return pod;
    }

    /** As in the pod, but for paths, and for memory that a test machine may not have. */
    private PostgresServer server(int major) throws IOException {
        Path conf = Files.createDirectories(home.resolve("conf"));
        Path confD = Files.createDirectories(home.resolve("conf.d"));
        ManifestFiles.placed("base/postgres/10-resources.conf", confD, Map.of());
        ManifestFiles.placed("components/synchronous/20-synchronous.conf", confD, Map.of());
        ManifestFiles.placed("components/multi-region-publisher/30-logical.conf", confD, Map.of());
        Path postgres = ManifestFiles.placed(
                "base/postgres/postgresql.conf", conf, Map.of("/etc/postgresql-conf.d", confD.toString()));
        Path hba = ManifestFiles.placed("base/postgres/pg_hba.conf", conf, Map.of());
        PostgresServer server = PostgresServer.createWithPassword(
                PostgresBinaries.fromMaven(major),
                Files.createDirectories(home.resolve("pg")),
                secret("super", SUPERUSER));
        server.configure(
                "include '" + postgres + "'",
                "hba_file = '" + hba + "'",
                "listen_addresses = '127.0.0.1'",
                "unix_socket_directories = ''",
                "shared_buffers = 16MB");
        RunAs.own(home);
        return server;
    }

    private Psql roles(PostgresServer server) throws IOException {
        Installed.program("psql");
        Path folder = Files.createDirectories(home.resolve("roles"));
        ManifestFiles.placed("base/roles/agent-role.sql", folder, Map.of());
        ManifestFiles.placed("base/roles/replication-role.sql", folder, Map.of());
        Path script = ManifestFiles.placed(
                "base/roles/roles.sh",
                folder,
                Map.of(
                        "/etc/postgresql-roles",
                        folder.toString(),
                        "/etc/pgsidecar-secret/password",
                        secret("agent", AGENT).toString(),
                        "/etc/replication-secret/password",
                        secret("replication", REPLICATION).toString()));
        return Psql.run(
                List.of("sh", script.toString()),
                Map.of(
                        "POSTGRES_USER",
                        "postgres",
                        "PGHOST",
                        "127.0.0.1",
                        "PGPORT",
                        Integer.toString(server.port()),
                        "PGPASSWORD",
                        SUPERUSER));
    }

    private Path secret(String name, String value) throws IOException {
        Path file = Files.writeString(home.resolve(name + ".password"), value + "\n");
        RunAs.own(file);
        return file;
    }

    private static String loginAs(PostgresServer server, String role, String password, String sql) {
        try (Connection connection = DriverManager.getConnection(
                        "jdbc:postgresql://127.0.0.1:" + server.port() + "/postgres", role, password);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
            return "done";
        } catch (SQLException e) {
            return String.valueOf(e.getMessage());
        }
    }

    /** What alerts and the dashboard may ask for, and the page of this agent does not have. */
    private static List<String> missing(Pod pod) throws IOException, InterruptedException {
        String page = "\n" + scrape(pod);
        return Files.readAllLines(ManifestFiles.of("../src/test/rules/exposed.txt")).stream()
                .filter(name ->
                        !name.startsWith("#") && !ELSEWHERE.matcher(name).matches())
                .filter(name -> !page.contains("\n" + name + " ") && !page.contains("\n" + name + "{"))
                .toList();
    }

    private static String scrape(Pod pod) throws IOException, InterruptedException {
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(
                            HttpRequest.newBuilder(URI.create(
                                            "http://127.0.0.1:" + pod.agent().port() + "/metrics"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        }
    }
}
