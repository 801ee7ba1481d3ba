/** Compression of what is stored, and recognition of what is read. */
@NullMarked
package io.pgsidecar.archive.codec;

import org.jspecify.annotations.NullMarked;
