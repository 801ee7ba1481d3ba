/** WAL segments, timeline history, and the two commands that PostgreSQL calls for them. */
@NullMarked
package io.pgsidecar.archive.wal;

import org.jspecify.annotations.NullMarked;
