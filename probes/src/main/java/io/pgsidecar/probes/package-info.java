/** What the local PostgreSQL instance is doing: one observer, and the answers that are read from it. */
@NullMarked
package io.pgsidecar.probes;

import org.jspecify.annotations.NullMarked;
