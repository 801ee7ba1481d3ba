/** What {@code pgsidecar check} looks at: each part says what it found, and how to mend what is wrong. */
@NullMarked
package io.pgsidecar.agent.check;

import org.jspecify.annotations.NullMarked;
