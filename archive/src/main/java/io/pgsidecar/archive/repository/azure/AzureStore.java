package io.pgsidecar.archive.repository.azure;

import io.pgsidecar.archive.repository.ObjectStore;

/** Opens a container of Azure Blob Storage as an {@link ObjectStore}. */
public final class AzureStore {

    private AzureStore() {}

    /**
     * The store in a container. Nothing is read and nobody is asked here; a missing container, a file that is not there
     * and credentials that do not work are errors of each operation. The container is never made.
     *
     * <p>A writer keeps one block in memory: 2 MiB for objects of up to 24 GiB, 16 MiB for the largest ones. So does a
     * reader, with 2 MiB.
     */
    public static ObjectStore open(AzureSettings settings) {
        return new AzureObjectStore(new AzureContainer(settings));
    }
}
