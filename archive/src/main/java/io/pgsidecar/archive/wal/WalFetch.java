package io.pgsidecar.archive.wal;

import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectNotFoundException;
import io.pgsidecar.archive.repository.ObjectStoreException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.file.Files;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Brings one file out of one repository, verified. */
final class WalFetch {

    private WalFetch() {}

    /**
     * Looks under the usual name first, which is one request; only where that is not there or damaged, at what else the
     * file may be stored as.
     *
     * @return its size in bytes, when it is published; empty if the repository says that it has none
     * @throws WalException {@code CORRUPT} if it is there, and never sound
     */
    static OptionalLong fetch(WalRepository repository, WalFileName file, long systemIdentifier, Receiver receiver)
            throws IOException, WalException {
        ObjectKey usual = repository.usual(file);
        @Nullable WalException failure = null;
        try {
            return OptionalLong.of(take(repository, usual, file, systemIdentifier, receiver));
        } catch (ObjectNotFoundException e) {
            // To be proven: it may have another ending.
        } catch (WalException e) {
            failure = onlyCorrupt(e); // The same name may be stored with another ending too, and be sound.
        }
        for (ObjectKey key : repository.locate(file)) {
            if (failure != null && key.equals(usual)) {
                continue;
            }
            try {
                return OptionalLong.of(take(repository, key, file, systemIdentifier, receiver));
            } catch (ObjectNotFoundException e) {
                failure = first(failure, comesAndGoes(repository, key, e));
            } catch (WalException e) {
                failure = first(failure, onlyCorrupt(e));
            }
        }
        if (failure != null) {
            throw failure;
        }
        return OptionalLong.empty();
    }

    /**
     * Brings one object, as the file that it is to be.
     *
     * @return its size in bytes, when it is published
     * @throws ObjectNotFoundException if there is no such object
     * @throws WalException {@code CORRUPT} if it is not that file
     */
    static long take(
            WalRepository repository, ObjectKey key, WalFileName file, long systemIdentifier, Receiver receiver)
            throws IOException, WalException {
        try (InputStream in = open(repository, key);
                IncomingFile incoming = new IncomingFile(receiver)) {
            try {
                receive(in, file, incoming, systemIdentifier);
            } catch (ObjectStoreException | IncomingFile.LocalFailure e) {
                throw e;
            } catch (IOException e) {
                throw StoredContent.corrupt(repository.name(), key, e);
            }
            WalFileCheck.check(file, incoming.path(), systemIdentifier);
            if (!file.holdsWal()) {
                // Text does not tell whose it is; another cluster's history would lead onto a timeline that is not
                // ours.
                repository.owner().prove(systemIdentifier);
            }
            long size = Files.size(incoming.path());
            incoming.publish();
            repository.remember(file, key);
            return size;
        } catch (WalException e) {
            // What is no such segment was archived as one: then it is the object that is damaged.
            throw e.reason() == WalException.Reason.BAD_SEGMENT ? StoredContent.corrupt(repository.name(), key, e) : e;
        }
    }

    private static InputStream open(WalRepository repository, ObjectKey key) throws IOException, WalException {
        try {
            return repository.open(key);
        } catch (ObjectStoreException e) {
            throw e;
        } catch (IOException e) { // It does not begin as its ending says.
            throw StoredContent.corrupt(repository.name(), key, e);
        }
    }

    /** A segment's header is judged before anything is written, and sets the limit: see {@link IncomingFile#write}. */
    private static void receive(InputStream in, WalFileName file, IncomingFile incoming, long systemIdentifier)
            throws IOException, WalException {
        if (!file.holdsWal()) {
            incoming.write(in, WalFileCheck.MAX_TEXT_BYTES);
            return;
        }
        byte[] start = in.readNBytes(WalHeader.LENGTH);
        WalHeader header = WalHeader.read(start);
        header.check(file, header.segmentSize(), systemIdentifier);
        incoming.write(new SequenceInputStream(new ByteArrayInputStream(start), in), header.segmentSize());
    }

    private static WalException onlyCorrupt(WalException e) throws WalException {
        if (e.reason() != WalException.Reason.CORRUPT) {
            throw e;
        }
        return e;
    }

    /** Neither there nor absent: to take it for absent would end a recovery. */
    private static WalException comesAndGoes(WalRepository repository, ObjectKey key, ObjectNotFoundException e) {
        return new WalException(
                WalException.Reason.REPOSITORY_UNAVAILABLE,
                "repository \"%s\" lists %s and does not have it".formatted(repository.name(), key),
                null,
                "Is something removing or renaming WAL there?",
                e);
    }

    private static WalException first(@Nullable WalException earlier, WalException later) {
        return earlier == null ? later : earlier;
    }
}
