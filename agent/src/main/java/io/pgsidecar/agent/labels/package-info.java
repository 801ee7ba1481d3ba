/** The label of the agent's own pod: what the labeler is told of the instance, and what the others are told of the label. */
@NullMarked
package io.pgsidecar.agent.labels;

import org.jspecify.annotations.NullMarked;
