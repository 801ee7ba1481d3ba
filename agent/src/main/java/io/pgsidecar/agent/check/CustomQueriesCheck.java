package io.pgsidecar.agent.check;

import io.pgsidecar.agent.metrics.queries.ConfiguredQueries;
import io.pgsidecar.agent.metrics.queries.QueryFiles;
import io.pgsidecar.agent.metrics.queries.QueryProblem;
import io.pgsidecar.probes.InstanceAddress;
import io.pgsidecar.probes.metrics.queries.CustomQueries;
import io.pgsidecar.probes.metrics.queries.CustomQuery;
import io.pgsidecar.probes.metrics.queries.QueryStatus;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Whether the files of custom queries can be understood, and each query can be run. */
public final class CustomQueriesCheck {

    private static final String SUBJECT = "custom queries";

    private final QueryFiles files;
    private final CustomQueries queries;

    public CustomQueriesCheck(ConfiguredQueries configured) {
        files = configured.files();
        queries = configured.queries();
    }

    /** What is to be seen without a server. Comes before {@link #run(InstanceAddress)}. */
    public List<Finding> read() {
        files.read();
        queries.use(files.specs());
        List<Finding> findings = new ArrayList<>();
        for (QueryProblem problem : files.problems()) {
            findings.add(
                    problem.fatal()
                            ? Finding.failed(
                                    SUBJECT,
                                    problem.toString(),
                                    "Mend the file: a running agent sees it within metrics.interval.")
                            : Finding.warning(
                                    SUBJECT,
                                    problem.toString(),
                                    "It does no harm; docs/custom-queries.md has the keys."));
        }
        if (files.count() > 0 && findings.stream().noneMatch(f -> f.level() == Finding.Level.FAILED)) {
            findings.add(Finding.ok(
                    SUBJECT,
                    "%d understood, in %d files".formatted(queries.queries().size(), files.count())));
        }
        return findings;
    }

    /**
     * Runs each query once, as a running agent does. In a session of its own: a query may cost it.
     *
     * @throws IOException if the password cannot be read
     */
    public List<Finding> run(InstanceAddress address) throws SQLException, IOException {
        List<Finding> findings = new ArrayList<>();
        int version = 0;
        for (CustomQuery query : queries.queries()) {
            try (Connection connection = address.connect()) {
                connection.setReadOnly(true);
                connection.setAutoCommit(false);
                if (version == 0) {
                    version = session(connection, findings);
                }
                findings.add(run(query, connection, version));
            }
        }
        return findings;
    }

    /** The server's version. */
    private static int session(Connection connection, List<Finding> findings) throws SQLException {
        try (Statement s = connection.createStatement();
                ResultSet r = s.executeQuery("SELECT pg_catalog.current_setting('server_version_num')::int,"
                        + " pg_catalog.current_setting('is_superuser') = 'on', session_user")) {
            r.next();
            if (r.getBoolean(2)) {
                findings.add(Finding.warning(
                        SUBJECT,
                        "the agent logs in as a superuser (%s): they run as pg_monitor, in a session that could be more"
                                .formatted(r.getString(3)),
                        "Give postgres.user a role that has pg_monitor only."));
            }
            return r.getInt(1);
        }
    }

    private static Finding run(CustomQuery query, Connection connection, int version) {
        String subject = "query " + query.name().substring(query.name().indexOf(':') + 1);
        try {
            query.collect(connection, version);
        } catch (SQLException e) {
            // Of several databases all have failed, each with its own error.
            String text = query.status()
                    .filter(status -> !status.ok())
                    .map(status -> String.join("; ", status.problems()))
                    .orElse(String.valueOf(e.getMessage()));
            return Finding.failed(subject, text, remedy());
        }
        Optional<QueryStatus> status = query.status();
        if (status.isEmpty()) {
            return Finding.skipped(subject, "it is for another version, or for the primary only");
        }
        QueryStatus went = status.get();
        String done = "%d rows in %d ms".formatted(went.rows(), went.took().toMillis());
        return went.ok()
                ? Finding.ok(subject, done)
                : Finding.failed(subject, String.join("; ", went.problems()) + "; " + done, remedy());
    }

    private static String remedy() {
        return "Mend the query in its file, or what the role may see: docs/custom-queries.md.";
    }
}
