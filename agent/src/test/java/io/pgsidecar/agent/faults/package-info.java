/** What PostgreSQL sees of an object store's faults: the packaged agent and shim, with a fault proxy before the store. */
@NullMarked
package io.pgsidecar.agent.faults;

import org.jspecify.annotations.NullMarked;
