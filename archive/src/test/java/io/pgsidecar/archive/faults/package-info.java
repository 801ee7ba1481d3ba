/** A proxy that stands before an object store and does to requests what networks and stores do to them. */
@NullMarked
package io.pgsidecar.archive.faults;

import org.jspecify.annotations.NullMarked;
