package io.pgsidecar.archive.backup;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The one session in which PostgreSQL is told that a backup begins and ends. Losing it ends the backup, so it must stay
 * open from the one to the other. Safe for several threads, one at a time.
 */
final class BackupSession implements AutoCloseable {

    private static final int FIRST_WITH_SHORT_NAMES = 150_000;

    private final Connection connection;
    private final ReentrantLock lock = new ReentrantLock();

    /**
     * Over a connection that this session closes.
     *
     * @throws SQLException if the server does not do what is asked of it
     */
    BackupSession(Connection connection) throws SQLException {
        this.connection = connection;
        try (Statement statement = connection.createStatement()) {
            // A spread checkpoint takes minutes. That the server lives is seen by TCP's keepalive and the heartbeat.
            statement.execute("SET statement_timeout = 0");
            statement.execute("SET lock_timeout = 0");
        }
        connection.setNetworkTimeout(Runnable::run, 0);
    }

    /**
     * What the server is.
     *
     * @param blocksPerFile of a relation, before its next file begins
     */
    record Server(
            int version,
            boolean inRecovery,
            boolean archives,
            boolean dataChecksums,
            int blockSize,
            long blocksPerFile,
            long walSegmentSize,
            long systemIdentifier,
            String dataDirectory) {}

    Server server() throws SQLException {
        lock.lock();
        try {
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("""
                            SELECT current_setting('server_version_num')::int, pg_is_in_recovery(),
                              current_setting('archive_mode') <> 'off', current_setting('data_checksums') = 'on',
                              current_setting('block_size')::int,
                              (SELECT setting::bigint FROM pg_settings WHERE name = 'segment_size'),
                              (SELECT setting::bigint FROM pg_settings WHERE name = 'wal_segment_size'),
                              (SELECT system_identifier FROM pg_control_system()),
                              coalesce(current_setting('data_directory', true), '')""")) {
                row.next();
                return new Server(
                        row.getInt(1),
                        row.getBoolean(2),
                        row.getBoolean(3),
                        row.getBoolean(4),
                        row.getInt(5),
                        row.getLong(6),
                        row.getLong(7),
                        row.getLong(8),
                        row.getString(9));
            }
        } finally {
            lock.unlock();
        }
    }

    /** The tablespaces that are somewhere else than in the data directory. */
    List<Tablespace> tablespaces() throws SQLException {
        lock.lock();
        try {
            List<Tablespace> all = new ArrayList<>();
            try (Statement statement = connection.createStatement();
                    ResultSet rows = statement.executeQuery("""
                            SELECT oid::bigint, spcname, pg_tablespace_location(oid) FROM pg_tablespace
                            WHERE pg_tablespace_location(oid) LIKE '/%' ORDER BY oid""")) {
                while (rows.next()) {
                    all.add(new Tablespace(rows.getLong(1), rows.getString(2), rows.getString(3)));
                }
            }
            return all;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Begins the backup, after a checkpoint.
     *
     * @param fast whether the checkpoint is to be done at once
     * @return the address (LSN, unsigned) where its WAL begins
     */
    long start(Server server, String label, boolean fast) throws SQLException {
        lock.lock();
        try {
            String call = server.version() >= FIRST_WITH_SHORT_NAMES
                    ? "SELECT pg_backup_start(?, ?)::text"
                    : "SELECT pg_start_backup(?, ?, false)::text";
            try (PreparedStatement statement = connection.prepareStatement(call)) {
                statement.setString(1, label);
                statement.setBoolean(2, fast);
                try (ResultSet row = statement.executeQuery()) {
                    row.next();
                    return lsn(row.getString(1));
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** What the server says at the end of a backup: the end's address (LSN, unsigned) and the label's text. */
    record Stop(long lsn, String label) {}

    /** Ends the backup. It does not wait for the archive: the caller looks for itself. */
    Stop stop(Server server) throws SQLException {
        lock.lock();
        try {
            String call = server.version() >= FIRST_WITH_SHORT_NAMES
                    ? "SELECT lsn::text, labelfile FROM pg_backup_stop(false)"
                    : "SELECT lsn::text, labelfile FROM pg_stop_backup(false, false)";
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery(call)) {
                row.next();
                return new Stop(lsn(row.getString(1)), row.getString(2));
            }
        } finally {
            lock.unlock();
        }
    }

    /** Makes sure that the session is there still; while it is in use it is. */
    void ping() throws SQLException {
        if (lock.tryLock()) {
            try (Statement statement = connection.createStatement()) {
                statement.execute("SELECT 1");
            } finally {
                lock.unlock();
            }
        }
    }

    /** Breaks off what it waits for, such as a checkpoint; it is of no use after that. */
    void abort() throws SQLException {
        connection.abort(Runnable::run);
    }

    /** The segment that the server last failed to archive, if it has not archived one since. */
    Optional<String> archiverStuckAt() throws SQLException {
        lock.lock();
        try {
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("""
                            SELECT last_failed_wal FROM pg_stat_archiver
                            WHERE last_failed_time > coalesce(last_archived_time, '-infinity')""")) {
                return row.next() ? Optional.of(row.getString(1)) : Optional.empty();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Ends the session. A backup that was not stopped is then none, for the server too. */
    @Override
    public void close() throws SQLException {
        // Without the lock: it must be possible to break off a call that waits.
        connection.close();
    }

    private static long lsn(String text) {
        int slash = text.indexOf('/');
        return Long.parseLong(text, 0, slash, 16) << 32 | Long.parseLong(text, slash + 1, text.length(), 16);
    }
}
