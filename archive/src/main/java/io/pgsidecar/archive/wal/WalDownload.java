package io.pgsidecar.archive.wal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/**
 * Brings WAL out of one repository into a folder, for a server that is to recover without asking anybody. Nothing is
 * made durable.
 */
public final class WalDownload {

    private final WalRepository repository;
    private final long systemIdentifier;

    /** Downloads WAL of one cluster, verified as for a {@code restore_command}. */
    public WalDownload(WalRepository repository, long systemIdentifier) {
        this.repository = repository;
        this.systemIdentifier = systemIdentifier;
    }

    /**
     * Brings segments of one timeline.
     *
     * @param first the first one
     * @param last the last one, not before the first
     * @param segmentSize in bytes
     * @throws WalException also if one is not there
     */
    public void segments(WalSegmentName first, WalSegmentName last, long segmentSize, Path folder) throws WalException {
        Optional<WalSegmentName> next = Optional.of(first);
        while (next.isPresent() && next.get().compareTo(last) <= 0) {
            WalFileName file = WalFileName.parse(next.get().toString());
            if (!bring(file, folder)) {
                throw new WalException(
                        WalException.Reason.FAILED,
                        "repository \"%s\" does not have %s".formatted(repository.name(), file),
                        null,
                        null);
            }
            next = next.get().next(segmentSize);
        }
    }

    /** Brings a timeline's history; false if there is none. */
    public boolean history(long timeline, Path folder) throws WalException {
        return bring(WalFileName.parse("%08X.history".formatted(timeline)), folder);
    }

    private boolean bring(WalFileName file, Path folder) throws WalException {
        try {
            return WalFetch.fetch(repository, file, systemIdentifier, new IntoFolder(folder.resolve(file.toString())))
                    .isPresent();
        } catch (IOException e) {
            throw WalException.ofRepository(repository.name(), e);
        }
    }

    /** Wanted as long as nobody interrupts. */
    private record IntoFolder(Path destination) implements Receiver {

        @Override
        public boolean goesOn(long received) {
            return !Thread.currentThread().isInterrupted();
        }

        @Override
        public boolean durable() {
            return false;
        }

        @Override
        public void publish(Path whole) throws IOException {
            Files.move(whole, destination, StandardCopyOption.ATOMIC_MOVE);
        }
    }
}
