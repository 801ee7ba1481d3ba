/** The manifests and the chart: held to Kubernetes' types, to each other, and to what the agent does. */
@NullMarked
package io.pgsidecar.k8s.manifests;

import org.jspecify.annotations.NullMarked;
