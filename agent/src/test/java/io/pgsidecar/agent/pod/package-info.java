/** A pod on this machine, for tests and for the quickstart: a real PostgreSQL and the packaged agent beside it. */
@NullMarked
package io.pgsidecar.agent.pod;

import org.jspecify.annotations.NullMarked;
