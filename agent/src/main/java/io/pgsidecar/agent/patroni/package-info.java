/** What Patroni's REST paths mean for an agent that knows its own server and nothing of a cluster's consensus. */
@NullMarked
package io.pgsidecar.agent.patroni;

import org.jspecify.annotations.NullMarked;
