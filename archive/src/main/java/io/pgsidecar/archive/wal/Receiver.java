package io.pgsidecar.archive.wal;

import java.io.IOException;
import java.nio.file.Path;

/** Who takes a file that comes out of a repository: a request of PostgreSQL's, or the spool. */
interface Receiver {

    /** The final name. */
    Path destination();

    /**
     * Whether the file is still wanted; asked as it comes in.
     *
     * @param received bytes so far
     */
    boolean goesOn(long received);

    /** Whether the file is to be on the disk before it gets its final name. */
    boolean durable();

    /**
     * Gives the file its final name.
     *
     * @param whole verified, in the folder of the final name
     * @throws WalException {@code FAILED} if it is not wanted any more
     */
    void publish(Path whole) throws IOException, WalException;

    /** That the file is not wanted any more. */
    default WalException givenUp() {
        return new WalException(
                WalException.Reason.FAILED,
                "the request for %s was given up before the file was ready"
                        .formatted(destination().getFileName()),
                null,
                null);
    }
}
