package io.pgsidecar.archive.repository.s3;

import io.pgsidecar.archive.repository.GuardedWriter;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.ObjectStoreException.Reason;
import io.pgsidecar.archive.repository.PutMode;
import io.pgsidecar.archive.repository.s3.ObjectWrites.Upload;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.CompletedPart;

/**
 * Collects a part, and sends it when more comes. What fits into one part is one request at the commit. The parts of an
 * upload are invisible until it is completed.
 */
final class S3Writer extends GuardedWriter {

    private static final String TYPE = "application/octet-stream";

    private final ObjectWrites writes;
    private final ObjectKey key;
    private final PutMode mode;
    private final PartSizes sizes;
    private final PartBuffer buffer = new PartBuffer();
    private final List<CompletedPart> parts = new ArrayList<>();
    private @Nullable Upload upload;

    S3Writer(ObjectWrites writes, ObjectKey key, PutMode mode, PartSizes sizes) {
        super(key.value());
        this.writes = writes;
        this.key = key;
        this.mode = mode;
        this.sizes = sizes;
    }

    @Override
    protected void publish() throws IOException {
        Upload begun = upload;
        if (begun == null) {
            writes.put(key, mode, body());
            return;
        }
        if (buffer.size() > 0) {
            sendPart();
        }
        try {
            writes.complete(begun, mode, parts);
            upload = null;
        } catch (S3Failure e) {
            if (!e.isDefinite()) {
                // The store may still be at it: to take the parts away from it could damage what it publishes.
                upload = null;
            }
            throw e;
        }
    }

    @Override
    protected void release() {
        Upload begun = upload;
        upload = null;
        try {
            if (begun != null) {
                writes.abort(begun);
            }
        } finally {
            buffer.close();
        }
    }

    private RequestBody body() {
        return RequestBody.fromContentProvider(buffer::openStream, buffer.size(), TYPE);
    }

    private void sendPart() throws IOException {
        int number = parts.size() + 1;
        if (number > PartSizes.MAX_PARTS) {
            throw new ObjectStoreException(
                    Reason.OTHER,
                    "%s is larger than %d bytes, what %d parts can hold; raise partSize"
                            .formatted(key, sizes.largestObject(), PartSizes.MAX_PARTS),
                    null);
        }
        Upload begun = upload;
        if (begun == null) {
            begun = writes.begin(key);
            upload = begun;
        }
        parts.add(writes.part(begun, number, body()));
        buffer.clear();
    }

    private int room() {
        int number = Math.min(parts.size() + 1, PartSizes.MAX_PARTS);
        return sizes.of(number) - buffer.size();
    }

    @Override
    protected void write(byte[] bytes, int offset, int length) throws IOException {
        int done = 0;
        while (done < length) {
            if (room() == 0) {
                sendPart();
            }
            int n = Math.min(length - done, room());
            buffer.write(bytes, offset + done, n);
            done += n;
        }
    }
}
