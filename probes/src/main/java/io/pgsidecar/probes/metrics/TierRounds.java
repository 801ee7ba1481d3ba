package io.pgsidecar.probes.metrics;

import io.pgsidecar.probes.InstanceAddress;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the collectors of one tier, again and again, each in the databases that it wants. A thread of its own; what it
 * found may be read by any.
 *
 * <p>A session of a database is kept if it is needed again within a minute. A session that is kept keeps its database
 * from being dropped and from being copied; so those that only the slow tier needs are closed after each round.
 */
final class TierRounds implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(TierRounds.class);

    private static final int KEPT = 8;
    private static final Duration KEEP = Duration.ofMinutes(1);
    private static final Duration RETRY = Duration.ofSeconds(2);

    /** A wrong password does not become right by being asked often; and some servers lock who tries too often. */
    private static final Duration RETRY_REFUSED = Duration.ofSeconds(30);

    /** In so many databases of a round a collector may hang. */
    private static final int HANGS = 2;

    private static final Rounds NONE = new Rounds(false, 0, 0, 0, null);
    private static final Duration STEP = Duration.ofMillis(250);

    private final Tier tier;
    private final InstanceAddress address;
    private final Duration interval;
    private final Supplier<List<Collector>> collectors;
    private final BooleanSupplier goesDown;
    private final Thread thread;
    private final Map<String, CollectorSession> sessions = new ConcurrentHashMap<>();
    private final Map<String, CollectorResult> results = new ConcurrentHashMap<>();
    private Set<String> hung = new HashSet<>();
    private @Nullable String unreachable;
    private volatile boolean closing;
    private boolean refused;
    private volatile Rounds rounds = NONE;

    /**
     * How the rounds went.
     *
     * @param reached whether the last one had a session
     * @param count how many there were
     * @param seconds that the last one took
     * @param missed databases that could not be asked
     * @param answeredNanos when the server last answered, by {@link System#nanoTime}; null if never
     */
    record Rounds(
            boolean reached,
            long count,
            double seconds,
            int missed,
            @Nullable Long answeredNanos) {}

    /** @param goesDown whether the server is shutting down; a smart shutdown waits for every session, so for ours too */
    TierRounds(
            Tier tier,
            InstanceAddress address,
            Duration interval,
            Supplier<List<Collector>> collectors,
            BooleanSupplier goesDown) {
        this.tier = tier;
        this.address = address;
        this.interval = interval;
        this.collectors = collectors;
        this.goesDown = goesDown;
        this.thread = Thread.ofVirtual().name("metrics-" + tier.label()).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    Rounds rounds() {
        return rounds;
    }

    /** By the collector's name. */
    Map<String, CollectorResult> results() {
        return results;
    }

    private void run() {
        while (!closing) {
            long begun = System.nanoTime();
            if (!goesDown.getAsBoolean()) {
                round();
            }
            long pause = pause().toNanos();
            while (!closing && System.nanoTime() - begun < pause) {
                if (goesDown.getAsBoolean()) {
                    closeSessions();
                }
                LockSupport.parkNanos(Math.min(STEP.toNanos(), pause));
                if (Thread.interrupted()) {
                    return;
                }
            }
        }
    }

    /**
     * From the beginning of a round to that of the next. A server that was not there yet is not without metrics for a
     * whole interval of the slow tier; and one that answers slowly is left alone half of the time.
     */
    private Duration pause() {
        if (unreachable != null) {
            Duration retry = refused ? RETRY_REFUSED : RETRY;
            return interval.compareTo(retry) < 0 ? interval : retry;
        }
        Duration twice = Duration.ofNanos((long) (rounds.seconds() * 2e9));
        return twice.compareTo(interval) > 0 ? twice : interval;
    }

    /** Asks all once. Never throws. */
    void round() {
        long begun = System.nanoTime();
        Set<String> hungNow = new HashSet<>();
        try {
            List<Collector> mine = inOrder(collectors.get().stream()
                    .filter(collector -> collector.tier() == tier)
                    .toList());
            // The fast tier tells whether the server is up, whatever it collects.
            if (mine.isEmpty() && tier != Tier.FAST) {
                closeSessions();
                results.clear();
                rounds = NONE;
                return;
            }
            Round round = new Round(mine, hungNow);
            round.ask();
            Set<String> names = new HashSet<>();
            mine.forEach(collector -> names.add(collector.name()));
            results.keySet().retainAll(names);
            Rounds before = rounds;
            rounds = new Rounds(
                    round.reached,
                    before.count() + 1,
                    secondsSince(begun),
                    round.missed,
                    round.answered == null ? before.answeredNanos() : round.answered);
        } catch (RuntimeException e) {
            log.atError().addKeyValue("tier", tier.label()).setCause(e).log("Metrics: a round has failed");
            rounds =
                    new Rounds(false, rounds.count() + 1, secondsSince(begun), rounds.missed(), rounds.answeredNanos());
        }
        hung = hungNow;
    }

    /** Those that took too long last time come last: they hold up nobody but each other. */
    private List<Collector> inOrder(List<Collector> all) {
        List<Collector> ordered = new ArrayList<>();
        all.stream().filter(collector -> !hung.contains(collector.name())).forEach(ordered::add);
        all.stream().filter(collector -> hung.contains(collector.name())).forEach(ordered::add);
        return ordered;
    }

    private static double secondsSince(long nanos) {
        return (System.nanoTime() - nanos) / 1e9;
    }

    /** One round: what was asked of each collector, in all databases. */
    private final class Round {

        private final List<Collector> mine;
        private final Set<String> hungNow;
        private final Map<String, Map<String, List<Family>>> found = new HashMap<>();
        private final Map<String, String> trouble = new HashMap<>();
        private final Map<String, Double> took = new HashMap<>();
        private final Map<String, Integer> hangs = new HashMap<>();
        private final Set<String> published = new HashSet<>();
        private boolean reached;
        private int missed;
        private @Nullable Long answered;

        Round(List<Collector> mine, Set<String> hungNow) {
            this.mine = mine;
            this.hungNow = hungNow;
        }

        void ask() {
            String main = address.database();
            List<String> databases;
            try {
                databases = session(main).databases();
                answered = System.nanoTime();
                reached = true;
                reachable();
            } catch (SQLException | IOException | RuntimeException e) {
                drop(main);
                refused = e instanceof SQLException sql
                        && sql.getSQLState() != null
                        && sql.getSQLState().startsWith("28");
                notReachable(firstLine(e));
                mine.forEach(collector -> publish(collector, "no session: " + firstLine(e)));
                return;
            }
            Map<String, List<Collector>> wanted = new LinkedHashMap<>();
            wanted.put(main, wanting(main, true));
            databases.stream()
                    .filter(database -> !database.equals(main))
                    .forEach(database -> wanted.put(database, wanting(database, false)));
            wanted.values().removeIf(List::isEmpty);
            Set<String> keep = keep(main, wanted.keySet());
            Map<String, String> last = new HashMap<>();
            wanted.forEach((database, all) -> all.forEach(collector -> last.put(collector.name(), database)));
            for (Map.Entry<String, List<Collector>> in : wanted.entrySet()) {
                if (closing || goesDown.getAsBoolean()) {
                    return;
                }
                boolean there = in(in.getKey(), in.getValue(), last);
                if (!keep.contains(in.getKey())) {
                    drop(in.getKey());
                }
                if (!there && in.getKey().equals(main)) {
                    // It answered a moment ago, and does not now: the others are on the same server.
                    reached = false;
                    mine.stream()
                            .filter(collector -> !published.contains(collector.name()))
                            .forEach(collector -> {
                                found.remove(collector.name());
                                publish(collector, "the session ended");
                            });
                    return;
                }
            }
            mine.stream()
                    .filter(collector -> !last.containsKey(collector.name()))
                    .forEach(collector -> publish(collector, null));
        }

        private List<Collector> wanting(String database, boolean isMain) {
            return mine.stream()
                    .filter(collector -> collector.wants(database, isMain))
                    .toList();
        }

        /** Asks in a database; whether it could be asked. */
        private boolean in(String database, List<Collector> all, Map<String, String> last) {
            boolean there = true;
            for (Collector collector : all) {
                if (hangs.getOrDefault(collector.name(), 0) >= HANGS) {
                    trouble.putIfAbsent(collector.name(), "%s: not asked any more".formatted(database));
                } else if (there) {
                    there = ask(database, collector);
                } else {
                    trouble.putIfAbsent(collector.name(), "%s: no session".formatted(database));
                }
                if (database.equals(last.get(collector.name()))) {
                    publish(collector, trouble.get(collector.name()));
                }
            }
            if (!there) {
                missed++;
            }
            return there;
        }

        /** Asks one; false if the server does not answer, or the database cannot be reached. */
        private boolean ask(String database, Collector collector) {
            long begun = System.nanoTime();
            String name = collector.name();
            try {
                List<Family> families = session(database).ask(collector);
                Map<String, List<Family>> byDatabase = found.computeIfAbsent(name, n -> new LinkedHashMap<>());
                byDatabase.put(database, families);
                collector.trim(byDatabase);
                answered = System.nanoTime();
                return true;
            } catch (SQLException | IOException | RuntimeException e) {
                trouble.putIfAbsent(name, "%s: %s".formatted(database, firstLine(e)));
                if (secondsSince(begun) * 2 > address.queryTimeout().toMillis() / 1000.0) {
                    hungNow.add(name);
                    hangs.merge(name, 1, Integer::sum);
                }
                CollectorSession session = sessions.get(database);
                if (session != null && session.isOpen()) {
                    answered = System.nanoTime();
                    return true;
                }
                drop(database);
                return reconnects(database);
            } finally {
                took.merge(name, secondsSince(begun), Double::sum);
            }
        }

        /** Perhaps it was only that session that ended, or that was ended because its collector took too long. */
        private boolean reconnects(String database) {
            if (closing) {
                return false;
            }
            try {
                CollectorSession ignored = session(database);
                return true;
            } catch (SQLException | IOException | RuntimeException e) {
                return false;
            }
        }

        private void publish(Collector collector, @Nullable String why) {
            String name = collector.name();
            published.add(name);
            CollectorResult before = results.getOrDefault(name, CollectorResult.NONE);
            double seconds = took.getOrDefault(name, 0.0);
            Map<String, List<Family>> byDatabase = found.get(name);
            CollectorResult after;
            if (byDatabase == null && why != null) {
                after = before.failed(seconds, why);
            } else {
                after = new CollectorResult(
                        byDatabase == null ? List.of() : collector.together(byDatabase),
                        System.nanoTime(),
                        seconds,
                        why);
            }
            results.put(name, after);
            tell(name, before, after);
        }
    }

    private void tell(String name, CollectorResult before, CollectorResult after) {
        boolean first = before.equals(CollectorResult.NONE);
        if (after.success() && !before.success() && !first) {
            log.atInfo().addKeyValue("collector", name).log("Metrics: collected again");
        } else if (!after.success() && (before.success() || first) && unreachable == null) {
            log.atWarn().addKeyValue("collector", name).log("Metrics: not collected: {}", after.trouble());
        }
    }

    private void reachable() {
        if (unreachable != null) {
            unreachable = null;
            log.atInfo().addKeyValue("tier", tier.label()).log("Metrics: the server is reached again");
        }
    }

    private void notReachable(String why) {
        if (unreachable == null) {
            log.atWarn().addKeyValue("tier", tier.label()).log("Metrics: the server is not reached: {}", why);
        }
        unreachable = why;
    }

    private CollectorSession session(String database) throws SQLException, IOException {
        CollectorSession kept = sessions.get(database);
        if (kept != null && kept.isOpen()) {
            return kept;
        }
        CollectorSession opened = CollectorSession.open(address.to(database, address.queryTimeout()));
        sessions.put(database, opened);
        if (closing) {
            opened.abort();
        }
        return opened;
    }

    private Set<String> keep(String main, Set<String> wanted) {
        Set<String> keep = new HashSet<>();
        keep.add(main);
        if (tier != Tier.SLOW && interval.compareTo(KEEP) <= 0) {
            wanted.stream().limit(KEPT).forEach(keep::add);
        }
        List.copyOf(sessions.keySet()).stream()
                .filter(database -> !keep.contains(database))
                .forEach(this::drop);
        return keep;
    }

    private void drop(String database) {
        CollectorSession session = sessions.remove(database);
        if (session != null) {
            session.close();
        }
    }

    private void closeSessions() {
        List.copyOf(sessions.keySet()).forEach(this::drop);
    }

    private static String firstLine(Exception e) {
        String message = e.getMessage() == null ? e.toString() : e.getMessage();
        return message.lines().findFirst().orElse(message);
    }

    /** Tells the rounds to end; {@link #close} waits for that. */
    void stop() {
        closing = true;
        thread.interrupt();
        sessions.values().forEach(CollectorSession::abort);
    }

    @Override
    public void close() {
        stop();
        try {
            if (thread.isAlive()) {
                thread.join(address.connectTimeout().plusSeconds(2));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        closeSessions();
    }
}
