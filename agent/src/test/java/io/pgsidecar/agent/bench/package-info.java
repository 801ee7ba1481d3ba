/** What {@code bench/} runs. */
@NullMarked
package io.pgsidecar.agent.bench;

import org.jspecify.annotations.NullMarked;
