/** Making this instance the primary, by hand. */
@NullMarked
package io.pgsidecar.agent.promotion;

import org.jspecify.annotations.NullMarked;
