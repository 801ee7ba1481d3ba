package io.pgsidecar.archive.wal;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What PostgreSQL waits to have archived: the {@code .ready} files of {@code pg_wal/archive_status}, in the order in
 * which it asks ({@code pgarch_readyXlog} in its {@code pgarch.c}): histories first, then by name. That folder is
 * PostgreSQL's; it is read here and never written.
 *
 * <p>A part of the order is kept, as PostgreSQL does: after a long outage the folder has tens of thousands of files, and
 * to list it for each one would take longer than to archive it. Safe for several threads.
 */
final class ReadyFiles {

    static final Comparator<WalFileName> ORDER = Comparator.comparing(
                    (WalFileName name) -> name.kind() != WalFileName.Kind.HISTORY)
            .thenComparing(WalFileName::toString);

    /** Not more than a tenth of the time goes into listing, however many files wait or have been archived. */
    private static final int IDLE_SHARE = 9;

    private static final long LONGEST_PAUSE = TimeUnit.SECONDS.toNanos(2);
    private static final String SUFFIX = ".ready";

    private final Path folder;
    private final int kept;
    private List<WalFileName> batch = List.of();
    private long nextLook = System.nanoTime();

    /**
     * The files of a data directory.
     *
     * @param kept how many names to keep
     */
    ReadyFiles(DataDirectory data, int kept) {
        this.folder = data.wal().resolve("archive_status");
        this.kept = kept;
    }

    /**
     * Those that PostgreSQL asks for after it has asked for a file, as far as is known; it may have some already that are
     * no longer waiting.
     *
     * @param count at most so many
     */
    synchronized List<WalFileName> after(WalFileName asked, int count) throws IOException, InterruptedException {
        int from = batch.indexOf(asked) + 1;
        // PostgreSQL is at another place after a change of the timeline, or this is the first look.
        if (from == 0 || batch.size() - from < count) {
            long pause = nextLook - System.nanoTime();
            if (pause > 0) {
                TimeUnit.NANOSECONDS.sleep(pause);
            }
            long began = System.nanoTime();
            batch = first(Optional.empty(), kept);
            long now = System.nanoTime();
            nextLook = now + Math.min((now - began) * IDLE_SHARE, LONGEST_PAUSE);
            from = batch.indexOf(asked) + 1;
        }
        List<WalFileName> after = new ArrayList<>();
        if (asked.kind() != WalFileName.Kind.HISTORY) {
            // One that has come since goes before all segments.
            batch.subList(0, from).stream()
                    .filter(name -> name.kind() == WalFileName.Kind.HISTORY)
                    .forEach(after::add);
        }
        after.addAll(batch.subList(from, Math.min(batch.size(), from + count)));
        return after;
    }

    /** How many there are. */
    long count() throws IOException {
        long count = 0;
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*" + SUFFIX)) {
            for (Path file : files) {
                count += nameOf(file.getFileName().toString()) == null ? 0 : 1;
            }
        } catch (NoSuchFileException | NotDirectoryException e) {
            return 0;
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return count;
    }

    /**
     * Lists the folder.
     *
     * @param after the last one that is of no interest, in PostgreSQL's order
     * @param count at most so many, which bounds the memory too
     * @return in PostgreSQL's order; empty where there is no such folder
     */
    List<WalFileName> first(Optional<WalFileName> after, int count) throws IOException {
        PriorityQueue<WalFileName> lastFirst = new PriorityQueue<>(ORDER.reversed());
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                WalFileName name = nameOf(file.getFileName().toString());
                if (name != null && (after.isEmpty() || ORDER.compare(name, after.get()) > 0)) {
                    lastFirst.add(name);
                    if (lastFirst.size() > count) {
                        lastFirst.remove();
                    }
                }
            }
        } catch (NoSuchFileException | NotDirectoryException e) {
            return List.of(); // No cluster here, or not any more.
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        List<WalFileName> names = new ArrayList<>(lastFirst);
        names.sort(ORDER);
        return names;
    }

    private static @Nullable WalFileName nameOf(String file) {
        if (!file.endsWith(SUFFIX)) {
            return null;
        }
        try {
            return WalFileName.parse(file.substring(0, file.length() - SUFFIX.length()));
        } catch (IllegalArgumentException e) {
            return null; // PostgreSQL passes over such a file too.
        }
    }
}
