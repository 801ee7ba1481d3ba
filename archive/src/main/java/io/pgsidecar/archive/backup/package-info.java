/** Base backups: how they are taken, what is kept of them, and how a data directory is made from one again. */
@NullMarked
package io.pgsidecar.archive.backup;

import org.jspecify.annotations.NullMarked;
