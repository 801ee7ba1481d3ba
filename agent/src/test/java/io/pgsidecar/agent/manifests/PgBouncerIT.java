package io.pgsidecar.agent.manifests;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.agent.pod.PodFolder;
import io.pgsidecar.probes.postgres.PostgresBinaries;
import io.pgsidecar.probes.postgres.PostgresServer;
import io.pgsidecar.probes.postgres.RunAs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A real PgBouncer with the component's configuration: the split, and whose secret it may look up. */
class PgBouncerIT {

    private static final String PASSWORD = "pgbouncer-password";

    @TempDir(factory = PodFolder.class)
    Path home;

    @ParameterizedTest
    @ValueSource(ints = {14, 17})
    void clientsLogInWithTheirOwnRoleAndNoSuperuserDoes(int major) throws Exception {
        Path program = Installed.program("pgbouncer");
        try (PostgresServer write = server("write", major);
                PostgresServer read = server("read", major)) {
            for (PostgresServer server : List.of(write, read)) {
                server.execute("CREATE ROLE app LOGIN PASSWORD 'app-password'", "CREATE DATABASE mydb OWNER app");
                for (int i = 0; i < 2; i++) {
                    Psql role = Psql.file(
                            server,
                            "super",
                            "mydb",
                            ManifestFiles.of("components/pgbouncer/pgbouncer-role.sql"),
                            "password_file=" + Files.writeString(home.resolve("password"), PASSWORD + "\n"));
                    assertThat(role.exit()).as(role.out()).isZero();
                }
            }
            // A standby has the primary's very secrets; two clusters of a test do not.
            String secret = write.query("SELECT rolpassword FROM pg_authid WHERE rolname = 'app'");
            read.execute("ALTER ROLE app PASSWORD '" + secret + "'");

            int port = PostgresServer.freePort();
            Process pgbouncer = start(program, port, write.port(), read.port());
            try {
                write.await(
                        "PgBouncer serves",
                        () -> port(port, "mydb_write", "app", "app-password").equals(Integer.toString(write.port())));
                read.await(
                        "PgBouncer leads to the other server",
                        () -> port(port, "mydb_read", "app", "app-password").equals(Integer.toString(read.port())));
                assertThat(port(port, "mydb_write", "app", "wrong")).doesNotContainPattern("^[0-9]+$");
                assertThat(port(port, "mydb_write", "postgres", "super")).doesNotContainPattern("^[0-9]+$");
                assertThat(write.log()).doesNotContain(PASSWORD);
                assertThat(lookUp(write, "app")).startsWith("SCRAM-SHA-256$");
                assertThat(lookUp(write, "postgres")).isEqualTo("none");
            } finally {
                pgbouncer.destroy();
                if (!pgbouncer.waitFor(10, TimeUnit.SECONDS)) {
                    pgbouncer.destroyForcibly();
                }
            }
        }
    }

    private Process start(Path program, int port, int write, int read) throws IOException {
        Path users = Files.writeString(home.resolve("userlist.txt"), "\"pgbouncer\" \"" + PASSWORD + "\"\n");
        Path placed = ManifestFiles.placed(
                "components/pgbouncer/pgbouncer.ini",
                home,
                Map.of(
                        "/etc/pgbouncer-secret/userlist.txt", users.toString(),
                        "host=postgres-primary port=5432", "host=127.0.0.1 port=" + write,
                        "host=postgres-replica port=5432", "host=127.0.0.1 port=" + read,
                        "listen_addr = 0.0.0.0", "listen_addr = 127.0.0.1",
                        "listen_port = 6432", "listen_port = " + port));
        List<String> lines = new ArrayList<>(Files.readAllLines(placed));
        String version =
                Psql.run(List.of(program.toString(), "--version"), Map.of()).out();
        if (version.matches("(?s)PgBouncer 1\\.(1[0-9]|20)\\..*")) {
            // Of Debian 12; the manifests ask for 1.21.
            lines.removeIf(line -> line.startsWith("max_prepared_statements"));
            if (version.matches("(?s)PgBouncer 1\\.1[0-8]\\..*")) {
                lines.removeIf(line -> line.startsWith("auth_dbname"));
            }
        }
        Files.write(placed, lines, StandardCharsets.UTF_8);
        RunAs.own(home);
        return new ProcessBuilder(RunAs.command(List.of(program.toString(), placed.toString())))
                .redirectErrorStream(true)
                .redirectOutput(home.resolve("pgbouncer.log").toFile())
                .start();
    }

    private PostgresServer server(String name, int major) throws IOException {
        Path password = Files.writeString(home.resolve("super.password"), "super\n");
        RunAs.own(home);
        return PostgresServer.createWithPassword(
                        PostgresBinaries.fromMaven(major), Files.createDirectories(home.resolve(name)), password)
                .configure("password_encryption = 'scram-sha-256'", "log_statement = 'all'")
                .start();
    }

    /** The port of the server behind, or why there is none. */
    private static String port(int pgbouncer, String database, String role, String password) {
        String url =
                "jdbc:postgresql://127.0.0.1:" + pgbouncer + "/" + database + "?connectTimeout=60&socketTimeout=60";
        try (Connection connection = DriverManager.getConnection(url, role, password);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT inet_server_port()")) {
            return row.next() ? row.getString(1) : "none";
        } catch (SQLException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private static String lookUp(PostgresServer server, String role) throws SQLException {
        String url = "jdbc:postgresql://127.0.0.1:" + server.port() + "/mydb";
        try (Connection connection = DriverManager.getConnection(url, "pgbouncer", PASSWORD);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT secret FROM pgbouncer.secret_of('" + role + "')")) {
            return row.next() ? row.getString(1) : "none";
        }
    }
}
