/** What Prometheus is told of the local instance: collectors, which ask in the background, and what they have found. */
@NullMarked
package io.pgsidecar.probes.metrics;

import org.jspecify.annotations.NullMarked;
