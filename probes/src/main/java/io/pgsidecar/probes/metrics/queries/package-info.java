/** Queries that users give, in the format of postgres_exporter and CloudNativePG: what they are, and how they are run. */
@NullMarked
package io.pgsidecar.probes.metrics.queries;

import org.jspecify.annotations.NullMarked;
