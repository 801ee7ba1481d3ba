package io.pgsidecar.archive.repository.azure;

import com.azure.core.util.Context;
import com.azure.storage.blob.models.BlobDownloadHeaders;
import com.azure.storage.blob.models.BlobDownloadResponse;
import com.azure.storage.blob.models.BlobProperties;
import com.azure.storage.blob.models.BlobRange;
import com.azure.storage.blob.models.BlobRequestConditions;
import com.azure.storage.blob.models.DownloadRetryOptions;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectNotFoundException;
import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.ObjectStoreException.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads a blob part by part, each in a request of its own: no connection waits for a slow reader, and each part can be
 * asked for again. All parts are of the blob that was opened, by its ETag; if that one is replaced, what is left of it
 * is gone, and reading on is an error. The service tells each part's MD5, which it is held to.
 */
final class AzureInput extends InputStream {

    /** In bytes. The service computes an MD5 for parts of up to 4 MiB. */
    static final int PART = 2 << 20;

    /** Larger than any blob may be (190 TiB), and small enough to add to. */
    private static final long BEHIND_ALL = 1L << 60;

    private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d+)-(\\d+)/(\\d+)");

    private final AzureContainer container;
    private final ObjectKey key;
    private Block part = new Block();
    private int read;
    private long next;
    private long size;
    private @Nullable String etag;
    private boolean closed;

    /** Asks for the first part. */
    AzureInput(AzureContainer container, ObjectKey key, long offset) throws IOException {
        this.container = container;
        this.key = key;
        this.next = offset;
        this.size = Long.MAX_VALUE;
        if (offset > BEHIND_ALL) {
            atOrBehindTheEnd();
        } else {
            fetch();
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        if (closed) {
            throw new IOException("the stream of %s is closed".formatted(key));
        }
        if (length == 0) {
            return 0;
        }
        if (read == part.size()) {
            if (next == size) {
                return -1;
            }
            fetch();
        }
        int n = part.copy(read, bytes, offset, length);
        read += n;
        return n;
    }

    @Override
    public int available() {
        return closed ? 0 : part.size() - read;
    }

    @Override
    public void close() {
        closed = true;
        part = new Block();
        read = 0;
    }

    /** Takes the next part. After it there is at least one byte more, or the end is reached. */
    private void fetch() throws IOException {
        part.clear();
        read = 0;
        BlobDownloadResponse response;
        try {
            response = container.ask(
                    Operation.READ,
                    key,
                    blob -> blob.downloadStreamWithResponse(
                            new Part(),
                            new BlobRange(next, (long) PART),
                            new DownloadRetryOptions().setMaxRetryRequests(container.attempts() - 1),
                            new BlobRequestConditions().setIfMatch(etag),
                            true,
                            container.timeout(),
                            Context.NONE));
        } catch (UnsatisfiableRangeException e) {
            atOrBehindTheEnd();
            return;
        }
        BlobDownloadHeaders headers = response.getDeserializedHeaders();
        if (HierarchicalFolders.isFolder(headers.getMetadata())) {
            throw new ObjectNotFoundException(key, null);
        }
        long end = end(headers);
        if (part.size() != end - next) {
            throw broken("%d bytes came and not %d".formatted(part.size(), end - next));
        }
        byte[] md5 = headers.getContentMd5();
        if (md5 != null && !Arrays.equals(md5, part.md5())) {
            throw broken("they do not have the MD5 that the service gives");
        }
        next = end;
    }

    /** Where the part ends, by what the service says of it; keeps the blob's size and version. */
    private long end(BlobDownloadHeaders headers) throws ObjectStoreException {
        String range = headers.getContentRange();
        if (range == null && next == 0 && part.size() == 0 && Objects.equals(headers.getContentLength(), 0L)) {
            size = 0;
            return 0;
        }
        Matcher matcher = CONTENT_RANGE.matcher(range == null ? "" : range);
        if (!matcher.matches() || headers.getETag() == null) {
            throw notTheService("it sends %s".formatted(range == null ? "no range of bytes" : "the range " + range));
        }
        long first = Long.parseLong(matcher.group(1));
        long last = Long.parseLong(matcher.group(2));
        long total = Long.parseLong(matcher.group(3));
        long expected = Math.min(total - 1, next + PART - 1);
        if (first != next || last != expected || (etag != null && total != size)) {
            throw notTheService("asked for %d-%d it sends the range %s".formatted(next, expected, range));
        }
        etag = headers.getETag();
        size = total;
        return last + 1;
    }

    /** The service has no range that begins at the end, and none at all of an empty blob. */
    private void atOrBehindTheEnd() throws IOException {
        BlobProperties properties = AzureObjectStore.properties(container, key)
                .filter(p -> !HierarchicalFolders.isFolder(p.getMetadata()))
                .orElseThrow(() -> new ObjectNotFoundException(key, null));
        if (next > properties.getBlobSize()) {
            throw new IllegalArgumentException(
                    "offset %d is outside %s, which has %d bytes".formatted(next, key, properties.getBlobSize()));
        }
        size = next;
    }

    private ObjectStoreException broken(String how) throws ObjectStoreException {
        return new ObjectStoreException(
                Reason.UNAVAILABLE,
                "cannot read %s in %s: from byte %d on, %s".formatted(key, container.describe(), next, how),
                null);
    }

    private ObjectStoreException notTheService(String how) throws ObjectStoreException {
        return new ObjectStoreException(
                Reason.OTHER,
                "cannot read %s in %s: what answers is no blob service: %s; check the endpoint and the proxy"
                        .formatted(key, container.describe(), how),
                null);
    }

    /** Takes no more than was asked for, whatever is sent. */
    private final class Part extends OutputStream {
        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            if (length > PART - part.size()) {
                throw notTheService("it sends more than was asked for");
            }
            part.append(bytes, offset, length);
        }
    }
}
