/** Base backups as the agent takes them: one at a time, by hand or by a schedule. */
@NullMarked
package io.pgsidecar.agent.backup;

import org.jspecify.annotations.NullMarked;
