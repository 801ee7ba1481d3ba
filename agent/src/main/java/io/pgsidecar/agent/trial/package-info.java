/** A backup that is restored into a folder of its own and started there, to see whether it can be. */
@NullMarked
package io.pgsidecar.agent.trial;

import org.jspecify.annotations.NullMarked;
