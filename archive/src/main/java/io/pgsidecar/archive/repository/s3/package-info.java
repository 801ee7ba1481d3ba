/** The back end for S3 and for stores that speak its protocol. */
@NullMarked
package io.pgsidecar.archive.repository.s3;

import org.jspecify.annotations.NullMarked;
