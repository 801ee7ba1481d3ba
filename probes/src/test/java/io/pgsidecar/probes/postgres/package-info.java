/** A real PostgreSQL for tests and for the quickstart: its programs, a throw-away cluster, and who runs it. */
@NullMarked
package io.pgsidecar.probes.postgres;

import org.jspecify.annotations.NullMarked;
