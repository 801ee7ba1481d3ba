package io.pgsidecar.agent.quickstart;

import io.pgsidecar.agent.pod.Pod;
import io.pgsidecar.agent.pod.Program;
import io.pgsidecar.probes.postgres.PostgresServer;
import java.util.List;

/** A replica whose data comes from the repository; only what is newer than that it streams from the primary. */
final class BuildReplica implements Chapter {

    @Override
    public String title() {
        return "A replica from the repository, streaming";
    }

    @Override
    public void tell(Stage stage) {
        Narrator narrator = stage.narrator();
        Pod pod = stage.replica();
        PostgresServer primary = stage.primary().server();
        String primaryConninfo = "host=127.0.0.1 port=%d user=postgres passfile=%s application_name=replica"
                .formatted(primary.port(), stage.folder().pgpass());
        stage.startAgent(pod);
        long began = System.nanoTime();
        narrator.tell("pgsidecar restore --standby --primary-conninfo '%s'".formatted(primaryConninfo));
        Program restore = Program.run(
                pod,
                "restore",
                "--standby",
                "--primary-conninfo",
                primaryConninfo,
                "--restore-command",
                pod.command("restore %f %p"));
        Commands.show(stage, restore, "the restore");
        pod.server().takePort();
        stage.startServer(pod);
        primary.awaitQuery(
                "SELECT coalesce((SELECT state FROM pg_stat_replication WHERE application_name = 'replica'), 'none')",
                "streaming");
        narrator.tell("pg_stat_replication of the primary has it as streaming, %s after the restore began"
                .formatted(Amounts.time(Amounts.since(began))));
        String written = primary.query("SELECT pg_current_wal_insert_lsn()");
        pod.server().awaitQuery("SELECT pg_last_wal_replay_lsn() >= '%s'".formatted(written), "t");
        List<TableContent> there = TableContent.read(primary, Bank.TABLES);
        List<TableContent> here = TableContent.read(pod.server(), Bank.TABLES);
        narrator.table(TableContent.comparison("primary", there, "replica", here));
        if (!there.equals(here)) {
            throw new StoryException("the replica's tables differ from the primary's");
        }
        primary.execute("INSERT INTO messages (branch, body) VALUES (-3, 'at once')");
        long sent = System.nanoTime();
        pod.server().awaitQuery("SELECT count(*) FROM messages WHERE branch = -3", "1");
        narrator.prove("the same rows; and one that is written now is there after %s, without the archive"
                .formatted(Amounts.time(Amounts.since(sent))));
    }
}
