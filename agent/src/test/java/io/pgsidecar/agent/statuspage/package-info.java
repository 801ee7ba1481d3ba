@NullMarked
package io.pgsidecar.agent.statuspage;

import org.jspecify.annotations.NullMarked;
