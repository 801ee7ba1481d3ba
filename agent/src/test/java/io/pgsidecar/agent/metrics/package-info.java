/** The page, its server, and what the agent tells of itself. */
@NullMarked
package io.pgsidecar.agent.metrics;

import org.jspecify.annotations.NullMarked;
