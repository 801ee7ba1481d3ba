/** The Kubernetes side: the API over plain HTTP, and the label of the agent's own pod. Nothing is built here yet. */
@NullMarked
package io.pgsidecar.k8s;

import org.jspecify.annotations.NullMarked;
