package io.pgsidecar.archive.backup;

import io.pgsidecar.archive.repository.Content;
import io.pgsidecar.archive.repository.ObjectExistsException;
import io.pgsidecar.archive.repository.ObjectInfo;
import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.PutMode;
import io.pgsidecar.archive.wal.WalException;
import io.pgsidecar.archive.wal.WalInspector;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes one base backup: begins it in the server, copies the cluster's files into tars in every repository, ends it,
 * proves that the WAL it needs is stored, and only then publishes {@code backup.info}. Whatever happens before, there is
 * no backup, but a note that says why. For one use; {@link #progress()} and {@link #cancel()} are safe for several
 * threads.
 */
public final class BaseBackup {

    /** Logs in to the instance. */
    @FunctionalInterface
    public interface Login {
        /** A new connection; the backup closes it. */
        Connection connect() throws SQLException, IOException;
    }

    /**
     * A backup that was taken.
     *
     * @param info as it was published
     * @param storedSize bytes of its tars, as stored
     * @param without the optional repositories that do not have it
     */
    public record Taken(
            BackupInfo info, long files, long storedSize, List<DamagedPage> damagedPages, List<String> without) {

        public Taken {
            damagedPages = List.copyOf(damagedPages);
            without = List.copyOf(without);
        }
    }

    private static final Logger log = LoggerFactory.getLogger(BaseBackup.class);

    private static final Duration LONGEST_BREAK = Duration.ofSeconds(5);
    /** With its mode in a tar, a restored directory is one that PostgreSQL starts in, whoever made it. */
    private static final String ROOT = ".";

    private final Path data;
    private final Login login;
    private final List<BackupTarget> targets;
    private final BackupSettings settings;
    private final InstantSource clock;
    private final String host;
    private final BackupNotes notes;
    private final AtomicReference<@Nullable BackupProgress> progress = new AtomicReference<>();
    private final AtomicReference<@Nullable Exception> stopped = new AtomicReference<>();
    /** The session while it waits for the checkpoint, which can take minutes. */
    private final AtomicReference<@Nullable BackupSession> beginning = new AtomicReference<>();

    /**
     * A backup that is not begun.
     *
     * @param data the data directory
     * @param host who takes it, for people
     */
    public BaseBackup(
            Path data,
            Login login,
            List<BackupTarget> targets,
            BackupSettings settings,
            InstantSource clock,
            String host) {
        this.data = data;
        this.login = login;
        this.targets = List.copyOf(targets);
        this.settings = settings;
        this.clock = clock;
        this.host = host;
        this.notes = new BackupNotes(this.targets, clock);
    }

    /** How far it is; empty before it has a name. */
    public Optional<BackupProgress> progress() {
        return Optional.ofNullable(progress.get());
    }

    /** Makes it fail soon. */
    public void cancel() {
        stop(new IOException("the backup was cancelled"));
        BackupSession waiting = beginning.get();
        if (waiting != null) {
            try {
                waiting.abort();
            } catch (SQLException e) {
                log.atDebug().setCause(e).log("The session could not be broken off");
            }
        }
    }

    /** Takes it, from the beginning to the end. */
    public Taken take() throws BackupException, InterruptedException {
        if (targets.isEmpty()) {
            throw new BackupException(
                    BackupException.Reason.BAD_REQUEST,
                    "there is no repository to back up into",
                    "Configure one under repositories.");
        }
        try (BackupSession session = new BackupSession(login.connect())) {
            BackupSession.Server server = session.server();
            require(server);
            BackupId id = claim(server);
            try {
                requireAlone(id);
                Taken taken = new Run(id, session, server).take();
                sweep();
                return taken;
            } catch (IOException | SQLException | BackupException | InterruptedException | RuntimeException e) {
                giveUp(id, e);
                throw e;
            }
        } catch (SQLException e) {
            if (stopped.get() instanceof IOException first) {
                throw failed(first); // the session was broken off for it
            }
            throw new BackupException(
                    BackupException.Reason.FAILED,
                    "the backup needs its session with PostgreSQL, and that failed: " + e.getMessage(),
                    hint(e),
                    cause(e));
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private void require(BackupSession.Server server) throws IOException, BackupException, InterruptedException {
        if (!server.archives()) {
            throw new BackupException(
                    BackupException.Reason.BAD_REQUEST,
                    "archive_mode is off: a backup without the WAL that was written meanwhile cannot be restored",
                    "Set archive_mode = on and archive_command, and restart PostgreSQL.");
        }
        new ServerData(data, server).requireCluster();
        for (BackupTarget target : targets) {
            try {
                new WalInspector(target.wal()).requireOf(server.systemIdentifier());
            } catch (WalException e) {
                // Whatever else it is: it is seen again, with a better reason, when something is stored.
                if (e.reason() == WalException.Reason.OTHER_CLUSTER) {
                    throw BackupException.of(e);
                }
            }
        }
    }

    /** Takes a name that no other backup has, in any of the repositories. */
    private BackupId claim(BackupSession.Server server) throws IOException, InterruptedException {
        Instant second = clock.instant();
        while (true) {
            BackupId id = BackupId.at(second);
            try {
                progress.set(new BackupProgress(id, BackupProgress.Phase.CHECKPOINT, clock.instant(), 0, 0));
                notes.claim(id, host, server.inRecovery() ? "standby" : "primary");
                return id;
            } catch (ObjectExistsException e) {
                second = second.plusSeconds(1);
            }
        }
    }

    /**
     * Of two that begin at once, one at least finds the other's claim when it looks, and gives way; perhaps both do, but
     * never none. What an agent of this host has left unfinished is no backup any more, for it takes one at a time.
     */
    private void requireAlone(BackupId id) throws IOException, BackupException {
        for (BackupTarget target : targets) {
            BackupCatalog catalog = catalog(target);
            List<BackupId> others = new ArrayList<>();
            target.attempt(() -> {
                for (BackupId other : catalog.running(clock.instant())) {
                    if (!other.equals(id) && !catalog.host(other).equals(Optional.of(host))) {
                        others.add(other);
                    }
                }
            });
            if (!others.isEmpty()) {
                throw new BackupException(
                        BackupException.Reason.BUSY,
                        "backup %s is being taken by %s"
                                .formatted(
                                        others.getFirst(),
                                        catalog.host(others.getFirst()).orElse("another agent")),
                        "Wait for it. One whose agent has died counts for two minutes.");
            }
        }
    }

    private BackupCatalog catalog(BackupTarget target) {
        return new BackupCatalog(
                target.name(),
                target.store(),
                target.layout(),
                settings.encoding().encryption());
    }

    /** What agents have stored that could not finish, nor clean up: no restore wants it. Their notes stay. */
    private void sweep() {
        for (BackupTarget target : targets) {
            if (target.isLost()) {
                continue;
            }
            try {
                BackupCatalog catalog = catalog(target);
                for (BackupId id : catalog.leftBehind(clock.instant())) {
                    catalog.removeObjects(id);
                    log.atInfo()
                            .addKeyValue("backup", id)
                            .addKeyValue("repository", target.name())
                            .log("What an unfinished backup had stored is removed");
                }
            } catch (IOException | RuntimeException e) {
                log.atWarn()
                        .addKeyValue("repository", target.name())
                        .log("What unfinished backups have stored could not be removed: {}", e.getMessage());
            }
        }
    }

    private void giveUp(BackupId id, Exception why) {
        log.atError().addKeyValue("backup", id).log("The backup is given up: {}", why.getMessage());
        // The WAL of the files is not wanted any more, so they are of no use; the note says what happened.
        for (BackupTarget target : targets) {
            try {
                catalog(target).removeObjects(id);
            } catch (IOException | RuntimeException e) {
                log.atWarn()
                        .addKeyValue("backup", id)
                        .addKeyValue("repository", target.name())
                        .log("What it has stored could not be removed: {}", e.getMessage());
            }
        }
        notes.failed(id, String.valueOf(why.getMessage()));
    }

    private static BackupException failed(IOException e) {
        BackupException.Reason reason = BackupException.Reason.FAILED;
        if (e instanceof ObjectStoreException store) {
            reason = switch (store.reason()) {
                case DENIED -> BackupException.Reason.REPOSITORY_DENIED;
                default -> BackupException.Reason.REPOSITORY_UNAVAILABLE;
            };
        }
        return new BackupException(reason, "the backup failed: " + e.getMessage(), null, e);
    }

    private static @Nullable String hint(SQLException e) {
        return "42501".equals(e.getSQLState())
                ? "The role needs EXECUTE on pg_backup_start and pg_backup_stop (before PostgreSQL 15 pg_start_backup and pg_stop_backup), and pg_monitor."
                : null;
    }

    private Throwable cause(SQLException e) {
        Exception first = stopped.get();
        return first == null ? e : first;
    }

    private void stop(Exception why) {
        stopped.compareAndSet(null, why);
    }

    private void goOn() throws IOException {
        Exception why = stopped.get();
        if (why != null) {
            throw why instanceof IOException io ? io : new IOException(why.getMessage(), why);
        }
    }

    /** The part of it that has a name. */
    private final class Run {

        private final BackupId id;
        private final BackupSession session;
        private final BackupSession.Server server;
        private final TarNames names;
        private final List<DamagedPage> damagedPages = new ArrayList<>();
        private final List<StoredTar> tars = new ArrayList<>();
        private long files;
        private long storedSize;
        private long bytes;

        Run(BackupId id, BackupSession session, BackupSession.Server server) {
            this.id = id;
            this.session = session;
            this.server = server;
            this.names = new TarNames(settings.encoding().ending());
        }

        Taken take() throws IOException, SQLException, BackupException, InterruptedException {
            Heartbeat heartbeat = new Heartbeat(this::beat);
            try {
                return copied();
            } finally {
                heartbeat.close();
            }
        }

        private Taken copied() throws IOException, SQLException, BackupException, InterruptedException {
            Instant begun = clock.instant();
            long startLsn = begin();
            new ServerData(data, server).requireBegun(startLsn);
            List<Tablespace> tablespaces = session.tablespaces();
            ClusterFiles cluster = ClusterFiles.of(data, tablespaces);
            cluster.skipped()
                    .forEach(file -> log.atWarn()
                            .addKeyValue("file", file)
                            .log("It is a link or no regular file, and is not in the backup"));
            report(BackupProgress.Phase.COPYING, cluster.bytes());
            BackupInfo info;
            try (StoredStreams stored =
                    open("manifest.json" + settings.encoding().ending(), true)) {
                List<OutputStream> layers = new ArrayList<>();
                settings.encoding().encode(stored, layers);
                ManifestWriter manifest = new ManifestWriter(layers.getLast(), id);
                copy(cluster, manifest, startLsn);
                info = end(manifest, begun, startLsn, tablespaces);
                manifest.finish();
                for (OutputStream layer : layers.reversed()) {
                    layer.close();
                }
                report(BackupProgress.Phase.WAITING_FOR_WAL, cluster.bytes());
                new WalProof(info, targets, session, settings.walTimeout(), BaseBackup.this::goOn).await();
                stored.commit("manifest");
            }
            publish(info);
            report(BackupProgress.Phase.DONE, bytes);
            return new Taken(
                    info,
                    files,
                    storedSize,
                    damagedPages,
                    targets.stream()
                            .filter(BackupTarget::isLost)
                            .map(BackupTarget::name)
                            .toList());
        }

        private long begin() throws IOException, SQLException {
            beginning.set(session);
            try {
                goOn();
                return session.start(server, "pgsidecar " + id, settings.fastCheckpoint());
            } finally {
                beginning.set(null);
            }
        }

        private void copy(ClusterFiles cluster, ManifestWriter manifest, long startLsn)
                throws IOException, InterruptedException {
            Pace pace = new Pace(settings.bytesPerSecond());
            // The first tar has all folders: whoever unpacks the tars one by one has them before what is in them.
            TarPart first = openTar(Optional.empty());
            try {
                first.addFolder(ROOT);
                for (ClusterFiles.Folder folder : cluster.folders()) {
                    if (folder.tablespace().isEmpty() && !folder.path().isEmpty()) {
                        first.addFolder(folder.path());
                    }
                }
            } catch (IOException | RuntimeException e) {
                first.close();
                throw e;
            }
            AtomicReference<@Nullable TarPart> begun = new AtomicReference<>(first);
            List<Thread> readers = new ArrayList<>();
            for (int i = 0; i < settings.parallel(); i++) {
                FileCopy files = new FileCopy(server, startLsn, pace, this::read, page -> damaged(manifest, page));
                readers.add(Thread.ofVirtual().name("backup-" + id + "-" + i).start(() -> {
                    try {
                        read(cluster, files, manifest, begun.getAndSet(null));
                    } catch (IOException | InterruptedException | RuntimeException e) {
                        stop(e);
                    }
                }));
            }
            try {
                for (Thread reader : readers) {
                    reader.join();
                }
            } catch (InterruptedException e) {
                stop(e);
                readers.forEach(Thread::interrupt);
                // What they still store would be left behind.
                for (Thread reader : readers) {
                    reader.join(LONGEST_BREAK);
                }
                throw e;
            }
            goOn();
            Set<Tablespace> tablespaces = cluster.folders().stream()
                    .flatMap(folder -> folder.tablespace().stream())
                    .collect(Collectors.toSet());
            for (Tablespace tablespace : tablespaces) {
                if (!names.has(tablespace)) {
                    addEmpty(cluster, tablespace, manifest);
                }
            }
        }

        /** One without files has a tar all the same: barman-cloud asks for it, and PostgreSQL for the folders. */
        private void addEmpty(ClusterFiles cluster, Tablespace tablespace, ManifestWriter manifest) throws IOException {
            Optional<Tablespace> of = Optional.of(tablespace);
            try (TarPart tar = openTar(of)) {
                addFolders(cluster, of, tar);
                finish(tar, manifest);
            }
        }

        private void read(ClusterFiles cluster, FileCopy files, ManifestWriter manifest, @Nullable TarPart begun)
                throws IOException, InterruptedException {
            TarPart tar = begun;
            Optional<Tablespace> of = Optional.empty();
            try {
                for (var next = cluster.next(); next.isPresent(); next = cluster.next()) {
                    goOn();
                    ClusterFiles.Source source = next.get();
                    boolean fits = tar != null && of.equals(source.tablespace()) && tar.bytes() < settings.tarSize();
                    if (tar != null && !fits) {
                        finish(tar, manifest);
                        tar = null;
                    }
                    if (tar == null) {
                        tar = openTar(source.tablespace());
                        of = source.tablespace();
                        addFolders(cluster, of, tar);
                    }
                    var copied = files.copy(source, tar);
                    if (copied.isPresent()) {
                        manifest.add(copied.get());
                        count();
                    }
                }
                if (tar != null) {
                    finish(tar, manifest);
                    tar = null;
                }
            } finally {
                if (tar != null) {
                    tar.close();
                }
            }
        }

        /** A tablespace's folders are in each of its tars: they are few, and none need come first. */
        private void addFolders(ClusterFiles cluster, Optional<Tablespace> of, TarPart tar) throws IOException {
            if (of.isEmpty()) {
                return;
            }
            String prefix = "pg_tblspc/" + of.get().oid() + "/";
            tar.addFolder(ROOT);
            for (ClusterFiles.Folder folder : cluster.folders()) {
                if (folder.path().startsWith(prefix)) {
                    tar.addFolder(folder.path().substring(prefix.length()));
                }
            }
        }

        /** Ends the backup in the server, and writes what has to be read last. */
        private BackupInfo end(ManifestWriter manifest, Instant begun, long startLsn, List<Tablespace> tablespaces)
                throws IOException, SQLException, BackupException, InterruptedException {
            byte[] control = new ServerData(data, server).control(startLsn);
            BackupSession.Stop stop = session.stop(server);
            BackupLabel label = BackupLabel.parse(stop.label());
            Instant ended = clock.instant();
            try (TarPart last = openTar(Optional.empty())) {
                manifest.add(FileCopy.copy("backup_label", label.text().getBytes(StandardCharsets.UTF_8), last, ended));
                manifest.add(FileCopy.copy("global/pg_control", control, last, ended));
                finish(last, manifest);
            }
            return new BackupInfo(
                    id,
                    BackupInfo.Status.DONE,
                    server.version(),
                    server.systemIdentifier(),
                    label.timeline(),
                    server.walSegmentSize(),
                    server.dataDirectory().isEmpty() ? data.toString() : server.dataDirectory(),
                    new BackupInfo.Point(label.startSegment(), label.startLsn(), begun),
                    Optional.of(new BackupInfo.Point(
                            WalProof.segmentBefore(stop.lsn(), label.timeline(), server.walSegmentSize()),
                            stop.lsn(),
                            ended)),
                    Optional.of(label.text()),
                    tablespaces,
                    Optional.of(settings.encoding().compression()),
                    server.dataChecksums(),
                    Optional.of(bytes),
                    Optional.empty());
        }

        /**
         * Makes it a backup. One that was out of touch for minutes counts as dead, and may have been removed: so it is
         * proven before that all is there, and after it too, for who began to remove it just before has not seen it.
         */
        private void publish(BackupInfo info) throws IOException {
            goOn();
            String text = BackupInfoFile.write(info);
            for (BackupTarget target : targets) {
                target.attempt(() -> {
                    requireStored(target);
                    target.store().put(target.layout().backupInfo(id.value()), Content.of(text), PutMode.CREATE);
                    requireStored(target);
                });
            }
        }

        private void requireStored(BackupTarget target) throws IOException {
            Map<String, Long> found = new HashMap<>();
            try (Stream<ObjectInfo> objects =
                    target.store().list(target.layout().backup(id.value()))) {
                objects.forEach(object -> found.put(object.key().name(), object.size()));
            } catch (UncheckedIOException e) {
                throw e.getCause() == null ? new IOException(e) : e.getCause();
            }
            for (StoredTar tar : tars) {
                if (!Long.valueOf(tar.size()).equals(found.get(tar.name()))) {
                    throw new IOException("%s is not in repository \"%s\" any more: somebody has removed the backup"
                            .formatted(tar.name(), target.name()));
                }
            }
        }

        private TarPart openTar(Optional<Tablespace> tablespace) throws IOException {
            String name = names.next(tablespace);
            return new TarPart(name, open(name, false), settings.encoding());
        }

        private StoredStreams open(String name, boolean note) throws IOException {
            return new StoredStreams(
                    targets,
                    target -> target.store()
                            .newWriter(
                                    note
                                            ? target.layout()
                                                    .backupNotes(id.value())
                                                    .child(name)
                                            : target.layout().backup(id.value()).child(name),
                                    PutMode.CREATE));
        }

        private void finish(TarPart tar, ManifestWriter manifest) throws IOException {
            StoredTar stored = tar.finish();
            manifest.add(stored);
            synchronized (this) {
                storedSize += stored.size();
                tars.add(stored);
            }
        }

        private void damaged(ManifestWriter manifest, DamagedPage page) {
            log.atError()
                    .addKeyValue("file", page.path())
                    .addKeyValue("block", page.block())
                    .log("The page's checksum is wrong: the data directory is damaged");
            synchronized (this) {
                damagedPages.add(page);
            }
            try {
                manifest.add(page);
            } catch (IOException e) {
                stop(e);
            }
        }

        private synchronized void count() {
            files++;
        }

        private void read(long more) throws IOException {
            goOn();
            add(more);
        }

        private synchronized void add(long more) {
            bytes += more;
            BackupProgress now = progress.get();
            if (now != null) {
                progress.set(
                        new BackupProgress(id, now.phase(), now.started(), bytes, Math.max(bytes, now.bytesTotal())));
            }
        }

        private synchronized void report(BackupProgress.Phase phase, long total) {
            BackupProgress now = progress.get();
            Instant started = now == null ? clock.instant() : now.started();
            progress.set(new BackupProgress(id, phase, started, bytes, Math.max(bytes, total)));
        }

        private void beat() {
            progress().ifPresent(notes::heartbeat);
            try {
                session.ping();
            } catch (SQLException e) {
                stop(new IOException("the session with PostgreSQL is lost: " + e.getMessage(), e));
            }
        }
    }
}
