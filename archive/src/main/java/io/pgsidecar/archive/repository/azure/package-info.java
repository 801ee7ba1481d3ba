/** The back end for Azure Blob Storage, and for what speaks its protocol. */
@NullMarked
package io.pgsidecar.archive.repository.azure;

import org.jspecify.annotations.NullMarked;
