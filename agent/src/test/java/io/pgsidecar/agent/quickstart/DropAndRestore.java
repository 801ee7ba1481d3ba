package io.pgsidecar.agent.quickstart;

import io.pgsidecar.agent.pod.Pod;
import io.pgsidecar.agent.pod.Program;
import io.pgsidecar.probes.postgres.PostgresServer;
import java.nio.file.Path;
import java.util.List;

/**
 * Somebody drops a table; it comes back from the backup and the WAL, as it was the moment before. The server that is
 * restored for that is promoted: paused, it would go on to hold the lock of the drop that it is about to replay.
 */
final class DropAndRestore implements Chapter {

    private static final String LOST = "transfers";

    @Override
    public String title() {
        return "Somebody drops a table; the moment before is restored";
    }

    @Override
    public void tell(Stage stage) throws Exception {
        Narrator narrator = stage.narrator();
        PostgresServer primary = stage.primary().server();
        List<TableContent> before = TableContent.read(primary, Bank.TABLES);
        String moment = primary.query("SELECT clock_timestamp()");
        primary.execute("DROP TABLE " + LOST, "INSERT INTO messages (branch, body) VALUES (-2, 'life goes on')");
        narrator.tell("DROP TABLE %s: %s are gone, on the standby too when it has replayed that"
                .formatted(
                        LOST,
                        Amounts.count(before.get(Bank.TABLES.indexOf(LOST)).rows(), "row")));
        stage.primary().switchAndArchive();
        restore(stage, moment);
        List<TableContent> restored = TableContent.read(stage.restored().server(), Bank.TABLES);
        narrator.table(TableContent.comparison("before", before, "restored", restored));
        if (!before.equals(restored)) {
            throw new StoryException("what was restored is not what there was");
        }
        if (!stage.restored().server().query(Bank.booksBalance()).equals("t")) {
            throw new StoryException("the restored accounts do not agree with the transfers");
        }
        narrator.prove("every row of the moment before is there, none of later, and the books balance");
        bringBack(stage, before);
    }

    private static void restore(Stage stage, String moment) {
        Narrator narrator = stage.narrator();
        Pod pod = stage.restored();
        narrator.tell(
                "a pod with an empty data directory: its agent is ready after " + Amounts.time(stage.startAgent(pod)));
        long began = System.nanoTime();
        narrator.tell("pgsidecar restore --target-time '%s' --action promote".formatted(moment));
        Program restore = Program.run(
                pod,
                "restore",
                "--target-time",
                moment,
                "--action",
                "promote",
                "--restore-command",
                pod.command("restore %f %p"));
        Commands.show(stage, restore, "the restore");
        // The repository is the primary's: a second history in it would confuse the standbys.
        pod.server().takePort().configure("archive_mode = off");
        stage.startServer(pod);
        pod.server().awaitQuery("SELECT pg_is_in_recovery()", "f");
        narrator.tell(
                "started with archive_mode = off, PostgreSQL has replayed up to that moment, %s after the restore began"
                        .formatted(Amounts.time(Amounts.since(began))));
    }

    /** By a file that both servers reach. Elsewhere it is {@code pg_dump -t transfers} into {@code psql}. */
    private static void bringBack(Stage stage, List<TableContent> before) throws Exception {
        PostgresServer primary = stage.primary().server();
        Path copy = stage.folder().make("copy").resolve(LOST);
        stage.restored().server().execute("COPY %s TO '%s'".formatted(LOST, copy));
        primary.execute(Bank.CREATE_TRANSFERS, "COPY %s FROM '%s'".formatted(LOST, copy));
        stage.stop(stage.restored());
        TableContent back = TableContent.read(primary, List.of(LOST)).getFirst();
        if (!back.equals(before.get(Bank.TABLES.indexOf(LOST)))) {
            throw new StoryException("the table that was brought back is not what it was");
        }
        stage.narrator()
                .prove("the table is back on the primary, all %s of it, and what was written after is still there"
                        .formatted(Amounts.count(back.rows(), "row")));
    }
}
