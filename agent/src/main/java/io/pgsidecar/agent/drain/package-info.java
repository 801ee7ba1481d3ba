/** Taking the instance out of service before it stops, and back. */
@NullMarked
package io.pgsidecar.agent.drain;

import org.jspecify.annotations.NullMarked;
