/** The story of {@code ./quickstart}: a cluster and an agent, a write load, and a standby from the archive alone. */
@NullMarked
package io.pgsidecar.agent.quickstart;

import org.jspecify.annotations.NullMarked;
