package io.pgsidecar.agent.backup;

import io.pgsidecar.agent.Repositories;
import io.pgsidecar.agent.config.AgentConfig;
import io.pgsidecar.agent.config.ByteSize;
import io.pgsidecar.archive.backup.BackupEncoding;
import io.pgsidecar.archive.backup.BackupException;
import io.pgsidecar.archive.backup.BackupPruner;
import io.pgsidecar.archive.backup.BackupSettings;
import io.pgsidecar.archive.backup.BackupTarget;
import io.pgsidecar.archive.backup.BaseBackup;
import io.pgsidecar.archive.backup.Retention;
import io.pgsidecar.archive.backup.RetentionPlan;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes the agent's backups, one at a time, each on a thread of its own. Safe for several threads. */
public final class BackupRunner implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(BackupRunner.class);
    private static final Duration LONGEST_STOP = Duration.ofSeconds(10);

    /** A backup that was begun by this agent. */
    private static final class Begun {

        private final long number;
        private final BaseBackup backup;
        private final Instant started;
        private @Nullable Instant finished;
        private BaseBackup.@Nullable Taken taken;
        private @Nullable BackupException failure;
        private @Nullable Thread thread;

        Begun(long number, BaseBackup backup, Instant started) {
            this.number = number;
            this.backup = backup;
            this.started = started;
        }
    }

    private final AgentConfig config;
    private final Repositories repositories;
    private final InstantSource clock;
    private @Nullable Begun last;
    private @Nullable Instant lastSuccess;
    private @Nullable Instant lastFailure;
    private final Map<String, PruneTotals> prunes = new TreeMap<>();
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private boolean closed;

    public BackupRunner(AgentConfig config, Repositories repositories, InstantSource clock) {
        this.config = config;
        this.repositories = repositories;
        this.clock = clock;
    }

    /** The backup that is under way, or else the last one; empty if there was none since the agent's start. */
    public synchronized Optional<BackupRun> current() {
        Begun b = last;
        return b == null
                ? Optional.empty()
                : Optional.of(new BackupRun(
                        b.number,
                        b.started,
                        b.backup.progress(),
                        Optional.ofNullable(b.finished),
                        Optional.ofNullable(b.taken),
                        Optional.ofNullable(b.failure)));
    }

    /** When this agent last finished a good one; empty if it has not since its start. */
    public synchronized Optional<Instant> lastSuccess() {
        return Optional.ofNullable(lastSuccess);
    }

    /** When this agent last gave one up; empty if it has not since its start. */
    public synchronized Optional<Instant> lastFailure() {
        return Optional.ofNullable(lastFailure);
    }

    /** What the retention has removed since the agent's start, by repository; none where there is no retention. */
    public synchronized Map<String, PruneTotals> prunes() {
        return Map.copyOf(prunes);
    }

    /** Is told when a backup has ended, well or not, by the thread that took it: it must not wait for anything. */
    public void onFinished(Runnable listener) {
        listeners.add(listener);
    }

    /**
     * Begins a backup, and does not wait for it.
     *
     * @return its number
     * @throws BackupException {@code BUSY} if one is under way
     */
    public synchronized long start() throws BackupException {
        Begun before = last;
        if (before != null && before.finished == null) {
            throw new BackupException(
                    BackupException.Reason.BUSY,
                    "a backup is under way, %s"
                            .formatted(before.backup
                                    .progress()
                                    .map(p -> p.id().value())
                                    .orElse("which has no name yet")),
                    "Wait for it, or end it: pgsidecar backup cancel.");
        }
        if (closed) {
            throw new BackupException(BackupException.Reason.FAILED, "the agent is stopping", null);
        }
        Begun begun = new Begun(before == null ? 1 : before.number + 1, backup(), clock.instant());
        last = begun;
        begun.thread = Thread.ofVirtual().name("backup-" + begun.number).start(() -> run(begun));
        return begun.number;
    }

    /**
     * Takes a backup, and waits until it is done; to interrupt the thread cancels it.
     *
     * @throws BackupException if it failed, or none could be begun
     */
    public void take() throws BackupException, InterruptedException {
        Thread thread;
        Begun begun;
        synchronized (this) {
            start();
            begun = Objects.requireNonNull(last, "it was begun");
            thread = Objects.requireNonNull(begun.thread, "it was begun");
        }
        try {
            thread.join();
        } catch (InterruptedException e) {
            begun.backup.cancel();
            throw e;
        }
        synchronized (this) {
            if (begun.failure != null) {
                throw begun.failure;
            }
        }
    }

    /** Makes the backup that is under way fail soon; false if there is none. */
    public synchronized boolean cancel() {
        Begun b = last;
        if (b == null || b.finished != null) {
            return false;
        }
        b.backup.cancel();
        return true;
    }

    /** Cancels what is under way, and waits for its end, but not for long. */
    @Override
    public void close() {
        Thread thread;
        synchronized (this) {
            closed = true;
            thread = last == null ? null : last.thread;
        }
        try {
            if (cancel() && thread != null && !thread.join(LONGEST_STOP)) {
                thread.interrupt();
                thread.join(LONGEST_STOP);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run(Begun begun) {
        BaseBackup.Taken taken = null;
        BackupException failure = null;
        try {
            taken = begun.backup.take();
        } catch (BackupException e) {
            failure = e;
        } catch (InterruptedException e) {
            failure = new BackupException(BackupException.Reason.FAILED, "the agent is stopping", null, e);
        } catch (RuntimeException | Error e) {
            log.atError().setCause(e).log("The backup failed by a defect");
            failure = new BackupException(BackupException.Reason.FAILED, "the agent failed: " + e, null, e);
        }
        if (taken != null) {
            log.atInfo()
                    .addKeyValue("backup", taken.info().id())
                    .addKeyValue("files", taken.files())
                    .addKeyValue("bytes", taken.info().clusterSize().orElse(0L))
                    .addKeyValue("stored", taken.storedSize())
                    .addKeyValue("damagedPages", taken.damagedPages().size())
                    .log("Backup taken");
            prune(taken);
        }
        synchronized (this) {
            begun.taken = taken;
            begun.failure = failure;
            Instant now = clock.instant();
            begun.finished = now;
            if (taken == null) {
                lastFailure = now;
            } else {
                lastSuccess = now;
            }
        }
        listeners.forEach(Runnable::run);
    }

    /** The backup is good, whatever becomes of this: the next one tries again. */
    private void prune(BaseBackup.Taken taken) {
        Retention retention = config.retention().settings();
        if (!retention.isSet()) {
            return;
        }
        for (Repositories.Open repository : repositories.all()) {
            if (taken.without().contains(repository.name())) {
                continue;
            }
            try {
                BackupPruner pruner = new BackupPruner(
                        repository.backups(), repository.wal(), repository.store(), repository.layout());
                RetentionPlan plan = pruner.plan(retention, clock.instant());
                BackupPruner.Removed removed = pruner.apply(plan, false);
                plan.removed()
                        .forEach(entry -> log.atInfo()
                                .addKeyValue("repository", repository.name())
                                .addKeyValue("backup", entry.id())
                                .log("Backup removed by the retention"));
                log.atInfo()
                        .addKeyValue("repository", repository.name())
                        .addKeyValue("backups", removed.backups())
                        .addKeyValue("segments", removed.segments())
                        .addKeyValue("bytes", removed.bytes())
                        .log("Pruned");
                count(repository.name(), totals -> totals.and(removed, clock.instant()));
            } catch (BackupException | RuntimeException e) {
                count(repository.name(), PruneTotals::failed);
                log.atError()
                        .addKeyValue("repository", repository.name())
                        .setCause(e)
                        .log("Could not prune; the next backup tries again: {}", e.getMessage());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private synchronized void count(String repository, UnaryOperator<PruneTotals> change) {
        prunes.put(repository, change.apply(prunes.getOrDefault(repository, PruneTotals.NONE)));
    }

    private BaseBackup backup() {
        List<BackupTarget> targets = repositories.all().stream()
                .map(r -> new BackupTarget(r.name(), r.optional(), r.store(), r.layout(), r.wal()))
                .toList();
        AgentConfig.Backup settings = config.backup();
        return new BaseBackup(
                config.postgres().data(),
                () -> config.postgres().address().connect(),
                targets,
                new BackupSettings(
                        new BackupEncoding(settings.compression(), settings.level(), repositories.encryption()),
                        settings.parallel(),
                        settings.tarSize().bytes(),
                        settings.rateLimit().map(ByteSize::bytes).orElse(0L),
                        settings.checkpoint() == AgentConfig.Backup.Checkpoint.FAST,
                        settings.walTimeout()),
                clock,
                host());
    }

    /** Who takes them. */
    public static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "unknown";
        }
    }
}
