/** A strict stand-in for the Kubernetes API, over real HTTPS, with the faults that a real one has. */
@NullMarked
package io.pgsidecar.k8s.fake;

import org.jspecify.annotations.NullMarked;
