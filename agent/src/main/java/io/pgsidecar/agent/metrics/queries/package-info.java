/** Files of custom queries: read, judged, and read again when they change. */
@NullMarked
package io.pgsidecar.agent.metrics.queries;

import org.jspecify.annotations.NullMarked;
