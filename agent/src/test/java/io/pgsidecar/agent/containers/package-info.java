/** The image that the Dockerfile makes, in containers that are put together as in a pod. */
@NullMarked
package io.pgsidecar.agent.containers;

import org.jspecify.annotations.NullMarked;
