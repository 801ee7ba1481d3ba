package io.pgsidecar.archive.wal;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder for segments that nobody has asked for yet. Outside the data directory: PostgreSQL does not know them, and
 * a base backup would take them along. What lies in it means nothing to another agent, so each sweeps it at its start.
 * It is a help, and never the reason for an error: without it every segment is fetched when it is asked for.
 */
final class Spool {

    private static final Logger log = LoggerFactory.getLogger(Spool.class);

    /** One that the sweep knows: a file of any other name stays, should the folder have another use too. */
    private static final String ENDING = IncomingFile.INFIX + "prefetched";

    private final Path folder;
    private final DataDirectory data;
    private boolean swept;
    private @Nullable String problem;

    /** @throws IllegalArgumentException if the folder lies in the data directory */
    Spool(Path folder, DataDirectory data) {
        this.folder = folder;
        this.data = data;
        try {
            if (data.holds(folder)) {
                throw new IllegalArgumentException(insideData());
            }
        } catch (IOException e) {
            failed(e.toString());
        }
        boolean ignored = open();
    }

    /** Makes the folder if it is not there, and sweeps it the first time; false if it cannot be used now. */
    synchronized boolean open() {
        try {
            if (data.holds(folder)) { // The data directory may have come later, or a link may lead into it now.
                failed(insideData());
                return false;
            }
            create();
            if (!Files.isWritable(folder)) {
                failed("it is not writable");
                return false;
            }
        } catch (IOException e) {
            failed(reason(e));
            return false;
        }
        if (!swept) {
            IncomingFile.sweep(folder);
            swept = true;
        }
        return true;
    }

    private void create() throws IOException {
        try {
            Files.createDirectory(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(folder)) {
                throw new IOException("it is not a folder", e);
            }
        } catch (NoSuchFileException e) { // Not made: it may be the mount point of a volume that is not mounted.
            throw new IOException("there is no folder %s to make it in".formatted(folder.getParent()), e);
        }
    }

    /** Java's own have the file's name for a message, and say what is wrong by their type. */
    private static String reason(IOException e) {
        return e.getClass() == IOException.class ? String.valueOf(e.getMessage()) : e.toString();
    }

    private String insideData() {
        return "restore.spool is %s, which is inside the data directory; it must be a folder outside".formatted(folder);
    }

    /** Bytes that the disk has left. */
    long free() throws IOException {
        return Files.getFileStore(folder).getUsableSpace();
    }

    /** Whether a file can be handed over by a rename. */
    boolean sharesFileSystem() throws IOException {
        FileStore wal = Files.getFileStore(data.wal());
        return Files.getFileStore(folder).equals(wal);
    }

    Path path(WalSegmentName segment) {
        return folder.resolve(segment + ENDING);
    }

    /** Puts a segment where a request wants it, verified once more; by a rename where that is possible. */
    void handOver(SpooledSegment segment, long systemIdentifier, Receiver request) throws IOException, WalException {
        WalFileName file = WalFileName.parse(segment.name().toString());
        WalFileCheck.check(file, segment.destination(), systemIdentifier);
        if (segment.durable()) {
            try {
                request.publish(segment.destination());
                return;
            } catch (AtomicMoveNotSupportedException e) {
                // pg_wal has moved to another file system since, or it only looked like the same one.
            }
        }
        try (IncomingFile copy = new IncomingFile(request);
                InputStream in = Files.newInputStream(segment.destination())) {
            copy.write(in, segment.size());
            WalFileCheck.check(file, copy.path(), systemIdentifier);
            copy.publish();
        }
    }

    /** Notes that the spool works. */
    synchronized void works() {
        if (problem != null) {
            log.atInfo().addKeyValue("spool", folder).log("The spool can be used again");
        }
        problem = null;
    }

    /** Notes that the spool does not work; only the first time is worth a line in the log. */
    synchronized void failed(String why) {
        if (problem == null) {
            log.atWarn()
                    .addKeyValue("spool", folder)
                    .log("The spool cannot be used, so segments are fetched only when they are asked for: {}", why);
        }
        problem = why;
    }

    /** Why it cannot be used; empty if it can. */
    synchronized Optional<String> problem() {
        return Optional.ofNullable(problem);
    }
}
