/** The Kubernetes side: the API over plain HTTP, and the label of the agent's own pod. */
@NullMarked
package io.pgsidecar.k8s;

import org.jspecify.annotations.NullMarked;
