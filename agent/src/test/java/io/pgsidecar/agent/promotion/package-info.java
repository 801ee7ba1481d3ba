@NullMarked
package io.pgsidecar.agent.promotion;

import org.jspecify.annotations.NullMarked;
