package io.pgsidecar.agent.check;

import io.pgsidecar.archive.wal.DataDirectory;
import io.pgsidecar.archive.wal.WalException;
import java.util.OptionalLong;

/** Whether the data directory is there and holds a cluster. */
public final class DataDirectoryCheck {

    private static final String SUBJECT = "data directory";

    private final DataDirectory data;

    public DataDirectoryCheck(DataDirectory data) {
        this.data = data;
    }

    public Finding run() {
        try {
            long identifier = data.systemIdentifier();
            return Finding.ok(
                    SUBJECT,
                    "system identifier %s, WAL segments of %d MB"
                            .formatted(Long.toUnsignedString(identifier), data.walSegmentSize() >> 20));
        } catch (WalException e) {
            return Finding.failed(
                    SUBJECT, String.valueOf(e.getMessage()), e.hint().orElse(null));
        }
    }

    /** Empty where {@link #run()} fails. */
    public OptionalLong systemIdentifier() {
        try {
            return OptionalLong.of(data.systemIdentifier());
        } catch (WalException e) {
            return OptionalLong.empty();
        }
    }
}
