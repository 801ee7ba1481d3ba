package io.pgsidecar.agent.manifests;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.agent.pod.PodFolder;
import io.pgsidecar.probes.postgres.PostgresBinaries;
import io.pgsidecar.probes.postgres.PostgresServer;
import io.pgsidecar.probes.postgres.RunAs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One region's rows reach the other by what the Jobs run, however often they run. */
class RegionsIT {

    private static final String PASSWORD = "subscriber-password";

    @TempDir(factory = PodFolder.class)
    Path home;

    @ParameterizedTest
    @CsvSource({"14, 14", "17, 18"})
    void rowsReachTheOtherRegion(int majorOfEast, int majorOfWest) throws Exception {
        try (PostgresServer east = server("east", majorOfEast);
                PostgresServer west = server("west", majorOfWest)) {
            for (PostgresServer region : new PostgresServer[] {east, west}) {
                region.execute("CREATE DATABASE mydb");
                mydb(region, "CREATE TABLE accounts (id int PRIMARY KEY, amount int)");
            }
            mydb(east, "INSERT INTO accounts VALUES (1, 10)");

            publish(east);
            publish(east);
            assertThat(subscribe(west, east, "wrong").exit()).isNotZero();
            for (int i = 0; i < 2; i++) {
                Psql subscribed = subscribe(west, east, PASSWORD);
                assertThat(subscribed.exit()).as(subscribed.out()).isZero();
            }
            awaitAmount(west, 1, "10");
            mydb(east, "INSERT INTO accounts VALUES (2, 20)");
            awaitAmount(west, 2, "20");

            // A table that came later is made in the subscriber first, and copied when the Job runs again.
            mydb(west, "CREATE TABLE later (id int PRIMARY KEY)");
            mydb(east, "CREATE TABLE later (id int PRIMARY KEY); INSERT INTO later VALUES (7)");
            assertThat(subscribe(west, east, PASSWORD).exit()).isZero();
            east.await(
                    "the table is copied",
                    () -> value(west, "SELECT max(id) FROM later").equals("7"));

            if (majorOfWest >= 15) {
                // A conflict disables the subscription, and the Job does not hide it.
                mydb(west, "INSERT INTO accounts VALUES (3, 0)");
                mydb(east, "INSERT INTO accounts VALUES (3, 30)");
                west.await(
                        "the subscription is disabled",
                        () -> value(west, "SELECT subenabled FROM pg_subscription WHERE subname = 'sub_from_east'")
                                .equals("f"));
                Psql disabled = subscribe(west, east, PASSWORD);
                assertThat(disabled.exit()).isNotZero();
                assertThat(disabled.out()).contains("sub_from_east is disabled");
            }

            // The subscriber's role reads, and no more.
            assertThat(value(
                            east,
                            "SELECT rolsuper OR rolcreaterole OR rolcreatedb FROM pg_roles"
                                    + " WHERE rolname = 'region_subscriber'"))
                    .isEqualTo("f");
            assertThat(east.log() + west.log()).doesNotContain(PASSWORD);
        }
    }

    private void publish(PostgresServer east) throws IOException {
        Psql published = Psql.file(
                east,
                "",
                "mydb",
                ManifestFiles.of("components/multi-region-publisher/publication.sql"),
                "password_file=" + Files.writeString(home.resolve("password"), PASSWORD + "\n"));
        assertThat(published.exit()).as(published.out()).isZero();
    }

    private Psql subscribe(PostgresServer west, PostgresServer east, String password) throws IOException {
        return Psql.file(
                west,
                "",
                "mydb",
                ManifestFiles.of("components/multi-region-subscriber/subscription.sql"),
                "conninfo_file="
                        + Files.writeString(
                                home.resolve("conninfo"),
                                "host=127.0.0.1 port=%d dbname=mydb user=region_subscriber password=%s connect_timeout=60\n"
                                        .formatted(east.port(), password)));
    }

    private PostgresServer server(String name, int major) throws IOException {
        PostgresServer server =
                PostgresServer.create(PostgresBinaries.fromMaven(major), Files.createDirectories(home.resolve(name)));
        Path hba = Files.writeString(
                home.resolve(name).resolve("hba.conf"),
                "host all postgres all trust\nhost all region_subscriber all scram-sha-256\n");
        server.configure(
                "include '" + ManifestFiles.of("components/multi-region-publisher/30-logical.conf") + "'",
                "hba_file = '" + hba + "'",
                "password_encryption = 'scram-sha-256'",
                "log_statement = 'all'",
                "log_min_duration_statement = 0");
        RunAs.own(home);
        return server.start();
    }

    private static void awaitAmount(PostgresServer west, int id, String amount) {
        west.await(
                "row " + id + " has come",
                () -> value(west, "SELECT amount FROM accounts WHERE id = " + id)
                        .equals(amount));
    }

    private static void mydb(PostgresServer server, String sql) throws Exception {
        try (var connection = server.connect("mydb");
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String value(PostgresServer server, String sql) throws Exception {
        try (var connection = server.connect("mydb");
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            return rows.next() ? String.valueOf(rows.getString(1)) : "none";
        }
    }
}
