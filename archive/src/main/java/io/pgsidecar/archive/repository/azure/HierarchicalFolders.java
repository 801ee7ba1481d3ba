package io.pgsidecar.archive.repository.azure;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Accounts with a hierarchical namespace (Data Lake Storage) have folders, and show each as an empty blob. It is no
 * object.
 *
 * @see <a href="https://learn.microsoft.com/azure/storage/blobs/data-lake-storage-multi-protocol-access">Multi-protocol
 *     access</a>
 */
final class HierarchicalFolders {

    private static final String MARK = "hdi_isfolder";

    private HierarchicalFolders() {}

    static boolean isFolder(@Nullable Map<String, String> metadata) {
        return metadata != null
                && metadata.entrySet().stream()
                        .anyMatch(e -> e.getKey().equalsIgnoreCase(MARK)
                                && e.getValue().equalsIgnoreCase("true"));
    }
}
