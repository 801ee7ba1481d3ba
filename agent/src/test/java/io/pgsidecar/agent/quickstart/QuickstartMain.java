package io.pgsidecar.agent.quickstart;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Tells the story; called by the script {@code quickstart}, which has built what is needed. */
public final class QuickstartMain {

    private static final long PATIENCE_SECONDS = 120;

    private QuickstartMain() {}

    /**
     * Runs the quickstart and exits with 0, or 1 if anything was not as it has to be.
     *
     * @param args {@code once} or {@code stay}; the folder that all goes into, with the app in {@code app}; the folder of
     *     PostgreSQL's programs or of Maven's jar with them; how the user calls the quickstart; {@code terminal} if the
     *     output is one
     */
    public static void main(String[] args) throws IOException {
        if (args.length != 5) {
            System.err.println("usage: QuickstartMain once|stay FOLDER POSTGRES COMMAND terminal|file");
            System.exit(2);
        }
        Narrator narrator = new Narrator(System.out, args[4].equals("terminal"));
        Quickstart quickstart = new Quickstart(
                Path.of(args[1]), Path.of(args[2]), args[0].equals("once"), args[3], narrator, Quickstart.STORY);
        Thread story = Thread.currentThread();
        CountDownLatch ended = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> awaitEnd(story, ended), "on-signal"));
        int code = 1;
        try {
            code = quickstart.run();
        } finally {
            ended.countDown();
        }
        System.exit(code);
    }

    /** A signal interrupts the story, which then takes everything down; the JVM waits for that. */
    private static void awaitEnd(Thread story, CountDownLatch ended) {
        if (ended.getCount() == 0) {
            return;
        }
        story.interrupt();
        try {
            if (!ended.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                System.err.println("quickstart: not all is stopped; call it with --stop");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
