/** The back end for a folder: a mounted volume, NFS, or a disk of the machine. */
@NullMarked
package io.pgsidecar.archive.repository.filesystem;

import org.jspecify.annotations.NullMarked;
