package io.pgsidecar.probes.metrics.queries;

import io.pgsidecar.probes.metrics.Collector;
import io.pgsidecar.probes.metrics.Family;
import io.pgsidecar.probes.metrics.Tier;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One query that a user has given. In each of its databases it runs in a read-only transaction. What is wrong in one
 * database, or with one value, is left out and told; the rest becomes series. It throws if there is nothing else.
 */
public final class CustomQuery implements Collector {

    private static final Logger log = LoggerFactory.getLogger(CustomQuery.class);

    /** Who collects each 15 s may be a little early. */
    private static final Duration TOLERANCE = Duration.ofSeconds(1);
    /** A result that is kept for long is asked for again sooner if there was none. */
    private static final Duration RETRY = Duration.ofMinutes(1);

    private final QuerySpec spec;
    private final QueryLimits limits;
    private final Databases databases;
    private final Predicate<String> wanted;
    private @Nullable Kept kept;
    private volatile @Nullable QueryStatus status;

    /**
     * What came of a run.
     *
     * @param failure null if there are families
     */
    private record Kept(
            int version,
            long ranNanos,
            List<Family> families,
            @Nullable SQLException failure) {}

    /**
     * A query that has not run yet.
     *
     * @param wanted which databases a pattern may mean; those that are named are always
     */
    public CustomQuery(QuerySpec spec, QueryLimits limits, Databases databases, Predicate<String> wanted) {
        this.spec = spec;
        this.limits = limits;
        this.databases = databases;
        this.wanted = wanted;
    }

    QuerySpec spec() {
        return spec;
    }

    @Override
    public String name() {
        return "query:" + spec.name();
    }

    @Override
    public Tier tier() {
        return Tier.QUERIES;
    }

    /** How it went last; empty before it has run, and where it is not to be run. May be asked by any thread. */
    public Optional<QueryStatus> status() {
        return Optional.ofNullable(status);
    }

    @Override
    public List<Family> collect(Connection connection, int version) throws SQLException {
        QuerySession session = new QuerySession(connection);
        if (!spec.versions().contains(version) || (spec.primaryOnly() && session.inRecovery())) {
            kept = null;
            status = null;
            return List.of();
        }
        Kept result = kept;
        if (result == null || result.version() != version || due(result)) {
            result = run(session, version);
            kept = result;
        }
        if (result.failure() != null) {
            throw new SQLException(
                    result.failure().getMessage(), result.failure().getSQLState(), result.failure());
        }
        return result.families();
    }

    private boolean due(Kept result) {
        Duration age = Duration.ofNanos(System.nanoTime() - result.ranNanos());
        Duration good = result.failure() != null && spec.cache().compareTo(RETRY) > 0 ? RETRY : spec.cache();
        return age.plus(TOLERANCE).compareTo(good) >= 0;
    }

    private Kept run(QuerySession session, int version) throws SQLException {
        long began = System.nanoTime();
        long deadline = began + limits.timeout().toNanos();
        Instant ran = Instant.now();
        Results results = new Results(spec, version, limits.budget().left(spec.name()));
        List<String> failed = new ArrayList<>();
        @Nullable SQLException failure = null;
        Set<String> targets = targets(session);
        session.end();
        for (String database : targets) {
            if (System.nanoTime() - deadline >= 0) {
                failed.add("%s: not asked, the time was up (metrics.timeout)".formatted(database));
                continue;
            }
            try {
                ask(database, session, results, deadline);
            } catch (SQLException | IOException | UnfitException e) {
                failure = failure(e);
                failed.add("%s: %s".formatted(database, failure.getMessage()));
            }
        }
        failed.forEach(results::problem);
        limits.budget().use(spec.name(), results.size());
        Duration took = Duration.ofNanos(System.nanoTime() - began);
        tell(new QueryStatus(ran, took, results.rows(), results.dropped(), failed.size(), results.problems()));
        boolean nothing = !targets.isEmpty() && failed.size() == targets.size();
        return new Kept(version, System.nanoTime(), results.families(), nothing ? failure : null);
    }

    private void ask(String database, QuerySession main, Results results, long deadline)
            throws SQLException, IOException, UnfitException {
        if (database.equals(main.database())) {
            try {
                main.run(spec, results, deadline, limits.rows());
            } finally {
                // What it has locked is not for others to wait for while other databases are asked.
                main.end();
            }
            return;
        }
        try (Connection other = databases.open(database)) {
            other.setAutoCommit(false);
            QuerySession session = new QuerySession(other);
            try {
                session.run(spec, results, deadline, limits.rows());
            } finally {
                session.end();
            }
        }
    }

    /** In the order in which they are asked. */
    private Set<String> targets(QuerySession session) throws SQLException {
        Set<String> targets = new LinkedHashSet<>();
        @Nullable List<String> all = null;
        for (DatabasePattern pattern : spec.databases()) {
            Optional<String> name = pattern.name();
            if (name.isPresent()) {
                targets.add(name.get());
                continue;
            }
            if (all == null) {
                all = session.databases();
            }
            all.stream().filter(wanted).filter(pattern::matches).forEach(targets::add);
        }
        return spec.databases().isEmpty() ? Set.of(session.database()) : targets;
    }

    private SQLException failure(Exception e) {
        String text = QueryError.text(e, spec.query());
        return e instanceof SQLException sql
                ? new SQLException(text, sql.getSQLState(), sql)
                : new SQLException(text, e);
    }

    /** Logs what has changed: a query that fails does so each time. */
    private void tell(QueryStatus now) {
        QueryStatus before = status;
        status = now;
        if (!now.ok() && (before == null || !before.problems().equals(now.problems()))) {
            log.atWarn()
                    .addKeyValue("query", spec.name())
                    .log("custom query {}: {}", spec.name(), String.join("; ", now.problems()));
        } else if (now.ok() && before != null && !before.ok()) {
            log.atInfo().addKeyValue("query", spec.name()).log("custom query {}: all is well again", spec.name());
        }
    }
}
