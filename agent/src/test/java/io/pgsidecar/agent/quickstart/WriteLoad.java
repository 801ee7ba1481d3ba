package io.pgsidecar.agent.quickstart;

import io.pgsidecar.probes.postgres.PostgresServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;

/** Several connections that write for as long as it is open, each on a virtual thread. */
final class WriteLoad implements AutoCloseable {

    private final PostgresServer server;
    private final AtomicBoolean writing = new AtomicBoolean(true);
    private final LongAdder rows = new LongAdder();
    private final LongAdder transactions = new LongAdder();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final List<Future<?>> writers = new ArrayList<>();

    WriteLoad(PostgresServer server, int connections) {
        this.server = server;
        for (int i = 0; i < connections; i++) {
            int branch = i;
            writers.add(threads.submit(() -> {
                write(branch);
                return null;
            }));
        }
    }

    private void write(int branch) throws SQLException {
        try (Connection connection = server.connect()) {
            while (writing.get()) {
                rows.add(Bank.transaction(connection, branch));
                transactions.increment();
            }
        }
    }

    /** Rows inserted, updated and deleted so far, in committed transactions. */
    long rows() {
        return rows.sum();
    }

    long transactions() {
        return transactions.sum();
    }

    /** Ends it, and fails if one of the connections has. */
    void stop() throws InterruptedException {
        writing.set(false);
        for (Future<?> writer : writers) {
            try {
                writer.get();
            } catch (ExecutionException e) {
                throw new StoryException("a connection of the write load failed: " + e.getCause());
            }
        }
    }

    @Override
    public void close() {
        writing.set(false);
        threads.close();
    }
}
