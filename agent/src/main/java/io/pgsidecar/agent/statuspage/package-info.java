/** The page for people at {@code /}: how the instance stands, from what the agent has in memory. */
@NullMarked
package io.pgsidecar.agent.statuspage;

import org.jspecify.annotations.NullMarked;
