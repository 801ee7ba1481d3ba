package io.pgsidecar.archive.wal;

import io.pgsidecar.archive.repository.ObjectKey;
import java.util.List;
import java.util.Optional;

/**
 * What reading a repository's objects has shown so far.
 *
 * @param read objects that were read to their end and are sound
 * @param bytes of their content, as PostgreSQL wrote it
 * @param damaged how many are not what they should be
 * @param examples the first ones of these
 * @param locked how many no key at hand opens: nothing is known of them
 * @param lockedExample the first one of these
 * @param failure why it ended early; empty if it did not
 */
public record ContentReport(
        long read,
        long bytes,
        long damaged,
        List<Damage> examples,
        long locked,
        Optional<Damage> lockedExample,
        Optional<WalException> failure) {

    static final int EXAMPLES = 100;

    /** An object, and what is the matter with it. */
    public record Damage(ObjectKey key, String reason) {}

    public ContentReport {
        examples = List.copyOf(examples);
    }
}
