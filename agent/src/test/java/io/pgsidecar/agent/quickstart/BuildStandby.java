package io.pgsidecar.agent.quickstart;

import io.pgsidecar.agent.pod.Pod;
import io.pgsidecar.probes.postgres.PostgresServer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** A standby that has nothing but the empty cluster and the archive, and gets to the same state. */
final class BuildStandby implements Chapter {

    private static final Duration PATIENCE = Duration.ofMinutes(3);

    @Override
    public String title() {
        return "A standby from the archive alone";
    }

    @Override
    public void tell(Stage stage) throws Exception {
        Narrator narrator = stage.narrator();
        Pod standby = stage.standby();
        PostgresServer primary = stage.primary().server();
        String target = primary.query("SELECT last_archived_wal FROM pg_stat_archiver");
        narrator.tell("it is the copy of the data directory as initdb left it, with standby.signal and");
        narrator.show(List.of("restore_command = '" + standby.command("restore %f %p") + "'"));
        narrator.tell("no primary_conninfo: it cannot reach the primary at all");
        narrator.tell("started its agent: ready after %s, on port %d"
                .formatted(
                        Amounts.time(stage.startAgent(standby)), standby.agent().port()));
        long began = System.nanoTime();
        narrator.tell("started PostgreSQL: takes reads after %s, on port %d"
                .formatted(
                        Amounts.time(stage.startServer(standby)),
                        standby.server().port()));
        awaitReplay(stage, endOf(primary, target));
        narrator.tell("replayed up to the end of %s, %s after its start"
                .formatted(target, Amounts.time(Amounts.since(began))));
        compare(stage);
        showThatItFollows(stage);
    }

    /** Where a segment's WAL ends: the beginning of the next. */
    private static String endOf(PostgresServer primary, String segment) {
        String size = "pg_size_bytes(current_setting('wal_segment_size'))";
        return primary.query(
                ("SELECT '0/0'::pg_lsn + (('x' || substr('%1$s', 9, 8))::bit(32)::bigint * 4294967296::numeric"
                                + " + (('x' || substr('%1$s', 17))::bit(32)::bigint + 1) * %2$s)")
                        .formatted(segment, size));
    }

    private static void awaitReplay(Stage stage, String lsn) throws InterruptedException {
        PostgresServer standby = stage.standby().server();
        String progress = "";
        long since = System.nanoTime();
        while (true) {
            String now = standby.query(
                    "SELECT pg_last_wal_replay_lsn() || ' ' || (pg_last_wal_replay_lsn() >= '%s')".formatted(lsn));
            if (now.endsWith(" true")) {
                return;
            }
            Optional<String> error = Log.error(standby.log());
            if (error.isPresent()) {
                throw new StoryException(
                        "the standby cannot get its WAL from the archive; its log says\n" + error.get());
            }
            if (!now.equals(progress)) {
                progress = now;
                since = System.nanoTime();
            } else if (Amounts.since(since).compareTo(PATIENCE) > 0) {
                throw new StoryException("the standby stays at %s on its way to %s; its log ends with:%n%s"
                        .formatted(now, lsn, Log.end(standby.log())));
            }
            Thread.sleep(50);
        }
    }

    private static void compare(Stage stage) {
        List<TableContent> there = TableContent.read(stage.primary().server(), Bank.TABLES);
        List<TableContent> here = TableContent.read(stage.standby().server(), Bank.TABLES);
        stage.narrator().table(TableContent.comparison("primary", there, "standby", here));
        if (!there.equals(here)) {
            throw new StoryException("the standby's tables differ from the primary's");
        }
        if (!stage.standby().server().query("SELECT pg_is_in_recovery()").equals("t")) {
            throw new StoryException("the standby has left recovery by itself");
        }
        if (!stage.standby().server().query(Bank.booksBalance()).equals("t")) {
            throw new StoryException("the standby's accounts do not agree with its transfers");
        }
        stage.narrator().prove("the standby has the same rows, its books balance, and it is still a standby");
    }

    private static void showThatItFollows(Stage stage) {
        PostgresServer standby = stage.standby().server();
        stage.primary()
                .server()
                .execute("INSERT INTO messages (branch, body) VALUES (-1, 'hello')", "SELECT pg_switch_wal()");
        long began = System.nanoTime();
        standby.awaitQuery("SELECT body FROM messages WHERE branch = -1", "hello");
        stage.narrator()
                .prove("it follows: a row written and archived now is on the standby after "
                        + Amounts.time(Amounts.since(began)));
    }
}
