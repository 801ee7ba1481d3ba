package io.pgsidecar.archive.wal;

import io.pgsidecar.archive.codec.NoKeyException;
import io.pgsidecar.archive.repository.ObjectInfo;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectNotFoundException;
import io.pgsidecar.archive.repository.ObjectStoreException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reads objects, a few at a time, and holds each against its name. */
final class ContentCheck {

    /** Against a store each spends most of its time waiting; more would take more memory than a small pod has. */
    private static final int PARALLEL = 4;

    private static final int BUFFER = 256 * 1024;

    private final WalRepository repository;
    private final long systemIdentifier;
    private final Consumer<ContentReport> progress;

    private final List<ContentReport.Damage> examples = new ArrayList<>();
    private long read;
    private long bytes;
    private long damaged;
    private long locked;
    private ContentReport.@Nullable Damage lockedExample;
    private @Nullable WalException failure;

    ContentCheck(WalRepository repository, long systemIdentifier, Consumer<ContentReport> progress) {
        this.repository = repository;
        this.systemIdentifier = systemIdentifier;
        this.progress = progress;
    }

    /** Reads all; ends at the first failure that is the repository's and not an object's. */
    void run(Iterator<ObjectInfo> objects) throws InterruptedException {
        Semaphore free = new Semaphore(PARALLEL);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            while (report().failure().isEmpty() && objects.hasNext()) {
                ObjectKey key = objects.next().key();
                free.acquire();
                threads.execute(() -> {
                    try {
                        check(key);
                    } finally {
                        free.release();
                    }
                });
            }
        }
    }

    synchronized ContentReport report() {
        return new ContentReport(
                read,
                bytes,
                damaged,
                examples,
                locked,
                Optional.ofNullable(lockedExample),
                Optional.ofNullable(failure));
    }

    synchronized void failed(WalException e) {
        failure = failure == null ? e : failure;
    }

    private void check(ObjectKey key) {
        try {
            long length = content(key);
            synchronized (this) {
                read++;
                bytes += length;
            }
        } catch (ObjectNotFoundException e) {
            return; // Deleted since it was listed, as a retention policy does.
        } catch (ObjectStoreException e) {
            if (e.getCause() instanceof NoKeyException noKey) {
                lock(key, noKey);
            } else {
                failed(WalException.of(repository.name(), e));
            }
        } catch (IOException | WalException | RuntimeException e) {
            damage(key, e.getMessage() == null ? e.toString() : e.getMessage());
        }
        synchronized (this) {
            progress.accept(report());
        }
    }

    private synchronized void lock(ObjectKey key, NoKeyException e) {
        locked++;
        if (lockedExample == null) {
            lockedExample = new ContentReport.Damage(key, String.valueOf(e.getMessage()));
        }
    }

    private synchronized void damage(ObjectKey key, String reason) {
        damaged++;
        if (examples.size() < ContentReport.EXAMPLES) {
            examples.add(new ContentReport.Damage(key, reason));
        }
    }

    /** Bytes of the content. An object that is none of PostgreSQL's is read for its checksum only. */
    private long content(ObjectKey key) throws IOException, WalException {
        Optional<WalFileName> file = WalObject.nameOf(key);
        try (InputStream in = repository.open(key)) {
            if (file.isEmpty()) {
                return rest(in);
            }
            return file.get().holdsWal() ? segment(file.get(), in) : text(file.get(), in);
        }
    }

    private long segment(WalFileName file, InputStream in) throws IOException, WalException {
        byte[] start = in.readNBytes(WalHeader.LENGTH);
        WalHeader header = WalHeader.read(start);
        long size = start.length + rest(in);
        header.check(file, size, systemIdentifier);
        return size;
    }

    private static long text(WalFileName file, InputStream in) throws IOException, WalException {
        byte[] content = in.readNBytes((int) WalFileCheck.MAX_TEXT_BYTES);
        if (rest(in) > 0) {
            throw new IOException("it is far larger than such a file can be");
        }
        WalFileCheck.checkText(file, content);
        return content.length;
    }

    private static long rest(InputStream in) throws IOException {
        byte[] buffer = new byte[BUFFER];
        long length = 0;
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
            length += n;
        }
        return length;
    }
}
