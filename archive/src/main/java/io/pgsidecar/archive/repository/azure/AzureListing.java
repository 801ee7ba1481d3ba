package io.pgsidecar.archive.repository.azure;

import com.azure.core.http.HttpHeaderName;
import com.azure.core.http.rest.PagedResponse;
import com.azure.storage.blob.models.BlobItem;
import com.azure.storage.blob.models.BlobListDetails;
import com.azure.storage.blob.models.ListBlobsOptions;
import io.pgsidecar.archive.repository.ObjectInfo;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.ObjectStoreException.Reason;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/** The objects whose names begin with a prefix, a page at a time. */
final class AzureListing implements Iterator<ObjectInfo> {

    /** The service's own is 5,000, which take some megabytes. */
    private static final int PAGE = 1000;

    private static final HttpHeaderName VERSION = HttpHeaderName.fromString("x-ms-version");

    private final AzureContainer container;
    private final @Nullable String names;
    private final Queue<ObjectInfo> page = new ArrayDeque<>();
    private final ByteOrder order = new ByteOrder(page::add);
    private @Nullable String continuation;
    private boolean last;
    private @Nullable ObjectKey previous;

    /**
     * Asks nothing yet.
     *
     * @param names what the blobs' names begin with; {@code null} for all
     */
    AzureListing(AzureContainer container, @Nullable String names) {
        this.container = container;
        this.names = names;
    }

    @Override
    public boolean hasNext() {
        while (page.isEmpty() && !last) { // A page may be empty and not the last one.
            try {
                fetch();
            } catch (ObjectStoreException e) {
                throw new UncheckedIOException(e);
            }
        }
        return !page.isEmpty();
    }

    @Override
    public ObjectInfo next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        return page.remove();
    }

    private void fetch() throws ObjectStoreException {
        ListBlobsOptions options = new ListBlobsOptions()
                .setPrefix(names)
                .setMaxResultsPerPage(PAGE)
                .setDetails(new BlobListDetails().setRetrieveMetadata(true));
        PagedResponse<BlobItem> response = container.askContainer(
                Operation.LIST,
                client -> client.listBlobs(options, continuation, container.timeout())
                        .iterableByPage()
                        .iterator()
                        .next());
        if (response.getHeaders().getValue(VERSION) == null) {
            throw new ObjectStoreException(
                    Reason.OTHER,
                    "cannot list %s: what answers is no blob service: it does not name its version; check the endpoint"
                                    .formatted(container.describe())
                            + " and the proxy",
                    null);
        }
        for (BlobItem item : response.getValue()) {
            if (!HierarchicalFolders.isFolder(item.getMetadata())) {
                add(item);
            }
        }
        continuation = response.getContinuationToken();
        last = continuation == null || continuation.isEmpty();
        if (last) {
            order.end();
        }
        checkOrder();
    }

    private void add(BlobItem item) {
        order.add(new ObjectInfo(
                container.key(item.getName()),
                item.getProperties().getContentLength(),
                item.getProperties().getLastModified().toInstant()));
    }

    /** A hierarchical namespace sorts folder by folder: "a/b" before "a-b". Better no listing than a wrong one. */
    private void checkOrder() throws ObjectStoreException {
        for (ObjectInfo object : page) {
            ObjectKey before = previous;
            if (before != null && before.compareTo(object.key()) >= 0) {
                throw new ObjectStoreException(
                        Reason.OTHER,
                        "cannot list %s: the service gives %s after %s, which is not the order of their bytes"
                                .formatted(container.describe(), object.key(), before),
                        null);
            }
            previous = object.key();
        }
    }
}
