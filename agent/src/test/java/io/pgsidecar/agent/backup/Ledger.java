package io.pgsidecar.agent.backup;

import io.pgsidecar.probes.postgres.PostgresServer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Writes numbered rows into a server, one transaction each, until it is closed; so that of a restored server can be said
 * exactly which transactions it has.
 */
final class Ledger implements AutoCloseable {

    private final AtomicLong committed = new AtomicLong();
    private final AtomicReference<@Nullable SQLException> failure = new AtomicReference<>();
    private final Thread writer;
    private volatile boolean closed;

    private Ledger(PostgresServer server, long after) {
        committed.set(after);
        this.writer = Thread.ofPlatform().start(() -> write(server));
    }

    static void createIn(PostgresServer server) {
        server.execute("CREATE TABLE ledger (n bigint PRIMARY KEY, at timestamptz DEFAULT clock_timestamp(), v text)");
    }

    /** Goes on behind the last row. */
    static Ledger write(PostgresServer server, long after) {
        return new Ledger(server, after);
    }

    /** The last row that was committed. */
    long committed() {
        return committed.get();
    }

    /** What the rows are as a whole: their count, first, last; equal counts and ends mean no gap. */
    static String content(PostgresServer server) {
        return server.query("SELECT count(*) || ' ' || coalesce(min(n), 0) || ' ' || coalesce(max(n), 0) FROM ledger");
    }

    private void write(PostgresServer server) {
        try (Connection connection = server.connect();
                PreparedStatement insert =
                        connection.prepareStatement("INSERT INTO ledger (n, v) VALUES (?, repeat(md5(?::text), 20))")) {
            while (!closed) {
                long next = committed.get() + 1;
                insert.setLong(1, next);
                insert.setLong(2, next);
                insert.execute();
                committed.set(next);
            }
        } catch (SQLException e) {
            failure.set(e);
        }
    }

    /** Ends the writing; fails if a transaction had failed. */
    @Override
    public void close() {
        closed = true;
        try {
            writer.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        SQLException e = failure.get();
        if (e != null) {
            throw new IllegalStateException(e);
        }
    }
}
