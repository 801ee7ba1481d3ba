package io.pgsidecar.archive.backup;

import io.pgsidecar.archive.codec.Compression;
import io.pgsidecar.archive.codec.Encoding;
import io.pgsidecar.archive.codec.Encryption;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/**
 * How a backup's objects are compressed and encrypted. Safe for several threads.
 *
 * @param level one that the compression has
 */
public record BackupEncoding(Compression compression, int level, Encryption encryption) {

    /** What the names of the objects end with. */
    String ending() {
        return new Encoding(compression, encryption.encrypts()).ending();
    }

    /** Puts the layers on a stream, the outermost last in the list. To close one leaves those below it open. */
    void encode(OutputStream stored, List<OutputStream> layers) throws IOException {
        OutputStream below = stored;
        if (encryption.encrypts()) {
            below = encryption.encrypt(below);
            layers.add(below);
        }
        layers.add(compression.compress(below, level));
    }
}
