/** The agent's process, and what its programs share. */
@NullMarked
package io.pgsidecar.agent;

import org.jspecify.annotations.NullMarked;
