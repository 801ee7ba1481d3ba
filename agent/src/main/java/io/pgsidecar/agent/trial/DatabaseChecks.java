package io.pgsidecar.agent.trial;

import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Looks into each database of a server, and has amcheck look at each table and each B-tree. For one thread. */
final class DatabaseChecks {

    private static final int MOST = 200;

    private static final String BTREES = """
            SELECT c.oid, c.oid::regclass::text FROM pg_index i
            JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam
            WHERE a.amname = 'btree' AND c.relkind = 'i' AND c.relpersistence <> 't' AND i.indisready AND i.indisvalid
            ORDER BY 1""";

    private static final String TABLES = """
            SELECT c.oid, c.oid::regclass::text FROM pg_class c JOIN pg_am a ON a.oid = c.relam
            WHERE a.amname = 'heap' AND c.relkind IN ('r', 'm', 't') AND c.relpersistence <> 't'
            ORDER BY 1""";

    private record Relation(long oid, String name) {}

    private final TrialServer server;
    private final List<TrialReport.Damage> damages = new ArrayList<>();
    private final List<TrialReport.Damage> unchecked = new ArrayList<>();
    private int databases;
    private long relations;
    private int amcheck;
    private long tables;
    private long indexes;

    DatabaseChecks(TrialServer server) {
        this.server = server;
    }

    TrialReport run() throws SQLException, IOException, InterruptedException {
        for (String database : databases()) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            try (Connection connection = server.connect(database)) {
                check(database, connection);
                databases++;
            } catch (SQLException e) {
                found(database, "", e);
            }
        }
        return new TrialReport(databases, relations, amcheck, tables, indexes, damages, unchecked);
    }

    private List<String> databases() throws SQLException, IOException {
        List<String> names = new ArrayList<>();
        try (Connection connection = server.connect("template1");
                Statement statement = connection.createStatement();
                ResultSet rows =
                        statement.executeQuery("SELECT datname FROM pg_database WHERE datallowconn ORDER BY datname")) {
            while (rows.next()) {
                names.add(rows.getString(1));
            }
        }
        return names;
    }

    private void check(String database, Connection connection) throws SQLException, InterruptedException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT count(*) FROM pg_class")) {
            rows.next();
            relations += rows.getLong(1);
        }
        Optional<String> schema = amcheck(database, connection);
        if (schema.isEmpty()) {
            return;
        }
        amcheck++;
        for (Relation index : list(connection, BTREES)) {
            if (check(
                    database,
                    index,
                    connection,
                    "SELECT %s.bt_index_check(?::bigint::oid::regclass)".formatted(schema.get()))) {
                indexes++;
            }
        }
        for (Relation table : list(connection, TABLES)) {
            if (check(
                    database,
                    table,
                    connection,
                    "SELECT format('block %%s: %%s', blkno, msg) FROM %s.verify_heapam(?::bigint::oid::regclass) LIMIT 5"
                            .formatted(schema.get()))) {
                tables++;
            }
        }
    }

    /** The schema, quoted, in which the extension is. */
    private Optional<String> amcheck(String database, Connection connection) {
        try (Statement statement = connection.createStatement()) {
            statement.execute("CREATE EXTENSION IF NOT EXISTS amcheck SCHEMA pg_catalog");
            // An older one has no verify_heapam.
            statement.execute("ALTER EXTENSION amcheck UPDATE");
            try (ResultSet rows = statement.executeQuery("SELECT quote_ident(n.nspname) FROM pg_extension e"
                    + " JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'amcheck'")) {
                return rows.next() ? Optional.of(rows.getString(1)) : Optional.empty();
            }
        } catch (SQLException e) {
            unchecked.add(new TrialReport.Damage(database, "", "there is no amcheck: " + e.getMessage()));
            return Optional.empty();
        }
    }

    private static List<Relation> list(Connection connection, String query) throws SQLException {
        List<Relation> relations = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            while (rows.next()) {
                relations.add(new Relation(rows.getLong(1), rows.getString(2)));
            }
        }
        return relations;
    }

    /** Whether it could be checked. */
    private boolean check(String database, Relation relation, Connection connection, String query)
            throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        try (PreparedStatement statement = connection.prepareStatement(query)) {
            statement.setLong(1, relation.oid());
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    @Nullable String text = rows.getString(1);
                    if (text != null && !text.isEmpty()) {
                        damage(database, relation.name(), text);
                    }
                }
            }
            return true;
        } catch (SQLException e) {
            found(database, relation.name(), e);
            return false;
        }
    }

    /** A library that is not installed here says nothing about the backup. */
    private void found(String database, String object, SQLException e) {
        String text = String.valueOf(e.getMessage());
        if (text.contains("could not access file") || text.contains("could not load library")) {
            unchecked.add(new TrialReport.Damage(database, object, text));
        } else {
            damage(database, object, text);
        }
    }

    private void damage(String database, String object, String text) {
        if (damages.size() < MOST) {
            damages.add(new TrialReport.Damage(database, object, text));
        }
    }
}
