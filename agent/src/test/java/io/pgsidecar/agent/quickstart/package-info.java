/**
 * The story of {@code ./quickstart}: a cluster and an agent, a write load, a standby from the archive alone; a base backup,
 * a table that is dropped and comes back, and a replica from the repository.
 */
@NullMarked
package io.pgsidecar.agent.quickstart;

import org.jspecify.annotations.NullMarked;
