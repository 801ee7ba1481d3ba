package io.pgsidecar.archive.wal;

import java.util.Optional;

/**
 * What the prefetch of WAL is doing.
 *
 * @param segments spooled or on their way
 * @param bytes of the spool that they take
 * @param handedOver segments since the start that recovery did not have to wait for in full
 * @param problem why the spool cannot be used
 */
public record PrefetchStatus(int segments, long bytes, long handedOver, Optional<String> problem) {}
