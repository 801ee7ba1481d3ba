/** The page that Prometheus reads: the instance's metrics and the agent's own, and the server for it. */
@NullMarked
package io.pgsidecar.agent.metrics;

import org.jspecify.annotations.NullMarked;
