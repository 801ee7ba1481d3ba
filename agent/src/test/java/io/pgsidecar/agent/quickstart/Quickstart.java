package io.pgsidecar.agent.quickstart;

import io.pgsidecar.probes.postgres.PostgresBinaries;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Sets the stage, tells the chapters, and leaves it all running or takes it down.
 *
 * @param home the folder that all lies in; the app is there already
 * @param postgres the folder of PostgreSQL's programs, or of Maven's jar with those of version 17
 * @param once whether to take all down in the end
 * @param command how the user calls it
 */
record Quickstart(Path home, Path postgres, boolean once, String command, Narrator narrator, List<Chapter> chapters) {

    static final List<Chapter> STORY = List.of(
            new StartPrimary(),
            new WriteAndKill(),
            new BuildStandby(),
            new AskProbes(),
            new ReadMetrics(),
            new TakeBackup(),
            new DropAndRestore(),
            new BuildReplica());

    private static final int MAVENS_VERSION = 17;

    /** Runs it; the exit code. */
    int run() throws IOException {
        QuickstartFolder folder = QuickstartFolder.prepare(home);
        @Nullable Stage stage = null;
        try {
            folder.note(ProcessHandle.current().pid(), "story");
            stage = set(folder);
            for (Chapter chapter : chapters) {
                narrator.chapter(chapter.title());
                chapter.tell(stage);
            }
            if (!once) {
                new Farewell(stage, command).say();
                return 0;
            }
            takeDown(stage);
            return 0;
        } catch (Exception e) {
            boolean interrupted = Thread.interrupted() || causedByInterrupt(e);
            if (stage != null) {
                stage.close();
            }
            if (interrupted) {
                folder.delete();
                narrator.plain("");
                narrator.plain("Interrupted: stopped and removed everything.");
                return 130;
            }
            narrator.plain("");
            narrator.title("FAILED: " + reason(e));
            narrator.plain("Everything is stopped. The logs and files are kept in " + home);
            narrator.plain("To remove them: " + command + " --stop");
            return 1;
        }
    }

    private Stage set(QuickstartFolder folder) throws IOException {
        narrator.title("pgsidecar, from an empty folder to a table that comes back");
        narrator.tell("all files lie in " + home);
        boolean installed = Files.isExecutable(postgres.resolve("postgres"));
        PostgresBinaries binaries = installed
                ? PostgresBinaries.installed(postgres)
                : PostgresBinaries.fromMaven(MAVENS_VERSION, postgres, folder.make("postgres"));
        narrator.tell("PostgreSQL %d %s"
                .formatted(
                        binaries.major(), installed ? "of this machine, " + postgres : "from Maven, unpacked there"));
        narrator.tell("PostgreSQL and the agents run as " + Stage.user());
        return Stage.set(folder, narrator, binaries);
    }

    private void takeDown(Stage stage) throws IOException {
        narrator.plain("");
        stage.stop();
        stage.folder().delete();
        narrator.tell("stopped and removed everything");
        narrator.title(
                "All %d things that had to hold did, in %.0f s.".formatted(narrator.proven(), narrator.seconds()));
    }

    private static boolean causedByInterrupt(Throwable failure) {
        for (Throwable t = failure; t != null; t = t.getCause()) {
            if (t instanceof InterruptedException) {
                return true;
            }
        }
        return false;
    }

    /** The harness adds whole logs to its messages: the beginning and the end of them say enough. */
    private static String reason(Exception failure) {
        String message = failure.getMessage() == null ? failure.toString() : failure.getMessage();
        List<String> lines = message.lines().toList();
        return lines.size() <= 12 ? message : lines.getFirst() + "\n...\n" + Log.end(message);
    }
}
