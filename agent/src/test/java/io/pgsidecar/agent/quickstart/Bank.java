package io.pgsidecar.agent.quickstart;

import io.pgsidecar.probes.postgres.PostgresServer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;

/**
 * The tables of the story, and what is done to them: money moves between accounts, each move is written down, and
 * messages come and go. Whatever happens, the money in the accounts stays the same.
 */
final class Bank {

    static final List<String> TABLES = List.of("accounts", "transfers", "messages");

    /** How the table is made that somebody will drop. */
    static final String CREATE_TRANSFERS =
            "CREATE TABLE transfers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, source int NOT NULL,"
                    + " target int NOT NULL, amount int NOT NULL, note text)";

    /** Accounts of one branch. Each branch is used by one connection, so none waits for another's rows. */
    private static final int ACCOUNTS = 2500;

    private static final int TRANSFERS = 50;

    private static final String TRANSFER = """
            WITH moved AS (
              INSERT INTO transfers (source, target, amount, note)
              SELECT ?::int + floor(random() * %1$d), ?::int + floor(random() * %1$d), 1 + floor(random() * 100),
                md5(random()::text)
              FROM generate_series(1, %2$d) RETURNING source, target, amount),
            change AS (
              SELECT id, sum(delta) AS delta FROM (
                SELECT source AS id, -amount AS delta FROM moved UNION ALL SELECT target, amount FROM moved) AS each
              GROUP BY id)
            UPDATE accounts SET balance = balance + delta, changed = clock_timestamp()
            FROM change WHERE accounts.id = change.id""".formatted(ACCOUNTS, TRANSFERS);

    private static final String SEND =
            "INSERT INTO messages (branch, body) SELECT ?, md5(random()::text) || repeat(md5(random()::text), 20)"
                    + " FROM generate_series(1, 40)";

    private static final String FORGET =
            "DELETE FROM messages WHERE id IN (SELECT id FROM messages WHERE branch = ? ORDER BY id LIMIT 30)";

    private Bank() {}

    static void create(PostgresServer server, int branches) {
        server.execute(
                "CREATE TABLE accounts (id int PRIMARY KEY, balance bigint NOT NULL, changed timestamptz)",
                CREATE_TRANSFERS,
                "CREATE TABLE messages (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, branch int NOT NULL,"
                        + " body text)",
                "CREATE INDEX ON messages (branch, id)",
                "INSERT INTO accounts SELECT g, 1000 FROM generate_series(0, %d) g".formatted(branches * ACCOUNTS - 1));
    }

    /** One transaction of a branch; the rows that it inserted, updated and deleted. */
    static long transaction(Connection connection, int branch) throws SQLException {
        long rows = TRANSFERS;
        connection.setAutoCommit(false);
        try (PreparedStatement transfer = connection.prepareStatement(TRANSFER);
                PreparedStatement send = connection.prepareStatement(SEND);
                PreparedStatement forget = connection.prepareStatement(FORGET)) {
            transfer.setInt(1, branch * ACCOUNTS);
            transfer.setInt(2, branch * ACCOUNTS);
            rows += transfer.executeUpdate();
            send.setInt(1, branch);
            rows += send.executeUpdate();
            forget.setInt(1, branch);
            rows += forget.executeUpdate();
            connection.commit();
        }
        return rows;
    }

    /** What must hold in any state that a server shows: {@code t} if it does. */
    static String booksBalance() {
        return "SELECT (SELECT sum(balance) = 1000 * count(*) FROM accounts) AND NOT EXISTS ("
                + "SELECT id FROM accounts LEFT JOIN ("
                + "SELECT account, sum(delta) AS delta FROM (SELECT source AS account, -amount AS delta FROM transfers"
                + " UNION ALL SELECT target, amount FROM transfers) AS each GROUP BY account) AS moved"
                + " ON id = account WHERE balance <> 1000 + coalesce(delta, 0))";
    }
}
