package io.pgsidecar.archive.wal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code archive_command}: brings one WAL file into every repository that is not optional, durably, and never replaces
 * one that is there.
 *
 * <p>When {@link #archive} returns, PostgreSQL may recycle the file. When it throws, nothing is lost: PostgreSQL keeps
 * the file and asks again. To ask again is safe at any point, after a kill between storing and answering too: the same
 * content counts as archived, other content is refused.
 *
 * <p>It looks ahead: from the first file on that PostgreSQL asks for, those that wait behind it are archived too, so
 * that the later calls for them are answered at once.
 *
 * <p>Safe for several threads. A call for a file that another call is archiving already waits for that one: a caller
 * that gave up and came back does not double the work.
 */
public final class WalArchiver implements AutoCloseable {

    /** How a file came to be archived. */
    public enum Outcome {
        STORED,
        /** The same content was there, in every repository. */
        ALREADY_STORED
    }

    /**
     * For how long what was archived ahead is an answer. The repositories have acknowledged it; but the longer ago that
     * was, the more may have been done to them, and to ask them is cheap.
     */
    private static final Duration AHEAD_COUNTS = Duration.ofMinutes(5);

    /** As PostgreSQL names its files, so that one is the same to every call for it. */
    private static final String PATH_OF_WAL = "pg_wal/";

    private static final int READY_FILES_KEPT = 1024;
    private static final Logger log = LoggerFactory.getLogger(WalArchiver.class);

    private final DataDirectory data;
    private final EveryRepository required;
    private final List<CatchUp> catchUps;
    private final ReadyFiles ready;
    private final AcknowledgedFiles acknowledged = new AcknowledgedFiles();
    private final FilesUnderWay underWay = new FilesUnderWay();
    private final @Nullable LookAhead lookAhead;
    private final int parallel;
    private final List<Consumer<ArchivedFile>> listeners = new CopyOnWriteArrayList<>();
    private volatile boolean asked;

    /**
     * Archives from a data directory, without looking ahead.
     *
     * @param repositories at least one; all of them must acknowledge
     */
    public WalArchiver(DataDirectory data, List<WalRepository> repositories) {
        this(data, repositories, List.of(), 0);
    }

    /**
     * Archives from a data directory. Begins to catch the optional repositories up.
     *
     * <p>Memory: each file under way takes a compressor and what the store's writer holds, once for each repository.
     * Under way are the files that PostgreSQL asks for (one) and {@code lookAhead} more, and for each optional
     * repository as many again.
     *
     * @param required at least one; all of them must acknowledge
     * @param optional get the same, but later; nothing waits for them
     * @param lookAhead how many files are archived at a time before PostgreSQL asks for them; 0 for none
     */
    public WalArchiver(DataDirectory data, List<WalRepository> required, List<WalRepository> optional, int lookAhead) {
        this(data, required, optional, lookAhead, Duration.ofSeconds(1));
    }

    /** @param catchUpPause after the first failure of an optional repository */
    WalArchiver(
            DataDirectory data,
            List<WalRepository> required,
            List<WalRepository> optional,
            int lookAhead,
            Duration catchUpPause) {
        if (required.isEmpty()) {
            throw new IllegalArgumentException(
                    optional.isEmpty()
                            ? "no repository to archive to"
                            : "every repository is optional: one at least must not be, since PostgreSQL may drop what is"
                                    + " archived");
        }
        Cores cores = new Cores(Runtime.getRuntime().availableProcessors());
        this.data = data;
        this.required = new EveryRepository(required, cores);
        this.ready = new ReadyFiles(data, READY_FILES_KEPT);
        this.parallel = Math.max(1, lookAhead);
        this.lookAhead = lookAhead == 0 ? null : new LookAhead(ready, new Ahead(), lookAhead);
        this.catchUps = optional.stream()
                .map(repository -> new CatchUp(data, repository, required, cores, parallel, catchUpPause))
                .toList();
        catchUps.forEach(CatchUp::start);
    }

    /**
     * Archives a file.
     *
     * @param path {@code %p}, relative to the data directory or absolute inside it
     * @param seenModified when PostgreSQL's file was last modified, in nanoseconds since 1970: proves that the agent's
     *     is the same file. Empty where a person asks
     * @throws WalException with the reason for PostgreSQL's log
     */
    public Outcome archive(String path, OptionalLong seenModified) throws WalException, InterruptedException {
        Path file = data.source(path);
        WalFileName name = nameOf(file);
        asked = true;
        try {
            if (seenModified.isPresent()) {
                data.requireSeenAs(seenModified.getAsLong(), file);
            }
            if (acknowledged.takeAhead(name, FileStamp.of(file), AHEAD_COUNTS)) {
                if (lookAhead != null) {
                    lookAhead.asked(name);
                }
                return Outcome.STORED;
            }
        } catch (IOException e) {
            throw failed(name, e);
        }
        return archiveAsked(name, file);
    }

    private Outcome archiveAsked(WalFileName name, Path file) throws WalException, InterruptedException {
        if (lookAhead == null) {
            return shared(name, file);
        }
        try {
            lookAhead.asked(name);
            Outcome outcome = shared(name, file);
            lookAhead.archived();
            return outcome;
        } catch (WalException e) {
            lookAhead.failed(name, e);
            throw e;
        }
    }

    private Outcome shared(WalFileName name, Path file) throws WalException, InterruptedException {
        return underWay.share(file, urgent -> archive(name, file, urgent));
    }

    private Outcome archive(WalFileName name, Path file, BooleanSupplier urgent)
            throws WalException, InterruptedException {
        long began = System.nanoTime();
        try {
            FileStamp stamp = FileStamp.of(file);
            long systemIdentifier = data.systemIdentifier();
            // What this process has acknowledged it knows to be durable; it may have been deleted since, or the whole
            // repository may be another one.
            if (acknowledged.has(name, stamp) && required.has(name, systemIdentifier)) {
                return Outcome.ALREADY_STORED;
            }
            WalFileCheck.check(name, file, systemIdentifier);
            data.requireFinished(name, file);
            long bytes = Files.size(file);
            long segmentSize = name.holdsWal() ? bytes : data.walSegmentSize();
            boolean stored = required.add(name, file, systemIdentifier, segmentSize, urgent);
            boolean ahead = !urgent.getAsBoolean();
            acknowledged.add(name, stamp, ahead);
            catchUps.forEach(optional -> optional.archived(name, stamp));
            Outcome outcome = stored ? Outcome.STORED : Outcome.ALREADY_STORED;
            Duration took = Duration.ofNanos(System.nanoTime() - began);
            ArchivedFile archived = new ArchivedFile(name, outcome, bytes, ahead, took);
            listeners.forEach(listener -> listener.accept(archived));
            log.atInfo()
                    .addKeyValue("file", name)
                    .addKeyValue("outcome", outcome)
                    .addKeyValue("ahead", ahead)
                    .addKeyValue("ms", took.toMillis())
                    .log("WAL archived");
            return outcome;
        } catch (IOException e) {
            throw failed(name, e);
        }
    }

    /** Files that PostgreSQL has marked to be archived. */
    private abstract class Waiting implements LookAhead.Target {

        @Override
        public boolean isDone(WalFileName name) {
            try {
                return acknowledged.has(name, FileStamp.of(data.wal().resolve(name.toString())));
            } catch (IOException e) {
                return true; // Gone: PostgreSQL does not ask for it either.
            }
        }
    }

    /** Those that it has not asked for yet. */
    private final class Ahead extends Waiting {

        @Override
        public void archive(WalFileName name) throws WalException, InterruptedException {
            Path file = data.source(PATH_OF_WAL + name);
            underWay.runAhead(file, urgent -> WalArchiver.this.archive(name, file, urgent));
        }
    }

    /** The files that PostgreSQL does not ask for any more. */
    private final class LeftWaiting extends Waiting {

        @Override
        public void archive(WalFileName name) throws WalException, InterruptedException {
            Outcome ignored = shared(name, data.source(PATH_OF_WAL + name));
        }
    }

    private static WalException failed(Object name, IOException e) {
        return new WalException(WalException.Reason.FAILED, "cannot archive %s: %s".formatted(name, e), null, null, e);
    }

    private static WalFileName nameOf(Path file) throws WalException {
        try {
            return WalFileName.parse(file.getFileName().toString());
        } catch (IllegalArgumentException e) {
            throw WalException.badRequest(String.valueOf(e.getMessage()));
        }
    }

    /**
     * Archives what PostgreSQL has left waiting; to be called when it has exited, and when no other call is made any
     * more. Only where it has had something archived here before: what waits in the data directory of a copy, say, whose
     * {@code archive_command} was emptied on purpose, is nobody's to archive.
     *
     * @param bound how long it may take; two seconds more if a repository hangs
     * @return empty where PostgreSQL has not
     */
    public Optional<SweepReport> sweep(Duration bound) throws InterruptedException {
        return asked ? Optional.of(new Sweep(ready, new LeftWaiting(), bound).run(parallel)) : Optional.empty();
    }

    /** Is told of each file once it is archived, by the thread that has done it: it must not wait for anything. */
    public void onArchived(Consumer<ArchivedFile> listener) {
        listeners.add(listener);
    }

    /** How far each of the optional repositories is behind. */
    public List<RepositoryLag> lags() {
        return catchUps.stream().map(CatchUp::lag).toList();
    }

    /**
     * Stops what is done ahead, and catching up; not longer than ten seconds each. Calls that are under way go on. What an
     * optional repository lacks is found after the next start.
     */
    @Override
    public void close() {
        catchUps.forEach(CatchUp::close);
        if (lookAhead != null) {
            lookAhead.close();
        }
    }
}
