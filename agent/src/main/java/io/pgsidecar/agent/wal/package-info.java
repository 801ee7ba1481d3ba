/** What {@code pgsidecar wal} says of repositories: findings, and how they are shown. */
@NullMarked
package io.pgsidecar.agent.wal;

import org.jspecify.annotations.NullMarked;
