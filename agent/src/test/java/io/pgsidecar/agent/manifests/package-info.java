/** What k8s/manifests gives PostgreSQL and the agent, given to real ones. */
@NullMarked
package io.pgsidecar.agent.manifests;

import org.jspecify.annotations.NullMarked;
