/** When a drain is over. */
@NullMarked
package io.pgsidecar.agent.drain;

import org.jspecify.annotations.NullMarked;
