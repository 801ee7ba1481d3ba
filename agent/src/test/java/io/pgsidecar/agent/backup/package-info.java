/** Base backups of real servers, by the packaged agent. */
@NullMarked
package io.pgsidecar.agent.backup;

import org.jspecify.annotations.NullMarked;
