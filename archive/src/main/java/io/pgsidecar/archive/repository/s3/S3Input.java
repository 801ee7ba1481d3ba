package io.pgsidecar.archive.repository.s3;

import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.ObjectStoreException.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * An object's bytes. A body that breaks off is asked for again from there, on the condition that the object is still
 * the same one; a body that ends before the length that was announced counts as broken off, never as the end.
 */
final class S3Input extends InputStream {

    /** The object that was opened, so that a later request can ask for the same. */
    private record Opened(String key, String eTag, long size) {}

    private static final Logger log = LoggerFactory.getLogger(S3Input.class);

    private final Bucket bucket;
    private Opened object;
    private final Duration patience;
    private ResponseInputStream<GetObjectResponse> body;
    private long position;
    private long spentNanos;
    private int resumes;
    private boolean ended;
    private boolean closed;

    private S3Input(Bucket bucket, Opened object, long position, ResponseInputStream<GetObjectResponse> body) {
        this.bucket = bucket;
        this.object = object;
        this.position = position;
        this.body = body;
        this.patience = bucket.settings().timeouts().total().plus(bucket.transferTime(object.size() - position));
    }

    /** Opens an object from its first byte. */
    static S3Input open(Bucket bucket, String key) throws ObjectStoreException {
        ResponseInputStream<GetObjectResponse> body = request(bucket, key, 0, null);
        GetObjectResponse answer = body.response();
        if (answer.eTag() == null || answer.contentLength() == null) {
            body.abort();
            throw bucket.errors().notAnAnswer("cannot read", key, "it has no ETag or no length");
        }
        return new S3Input(bucket, new Opened(key, answer.eTag(), answer.contentLength()), 0, body);
    }

    /** Opens an object behind its first byte and before its end, if it is still the one with that ETag. */
    static S3Input open(Bucket bucket, String key, String eTag, long size, long offset) throws ObjectStoreException {
        Opened object = new Opened(key, eTag, size);
        return new S3Input(bucket, object, offset, range(bucket, object, offset));
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
            throw new IOException("the stream is closed");
        }
        if (length == 0) {
            return 0;
        }
        if (ended) {
            return -1;
        }
        while (true) {
            @Nullable Throwable broken;
            long began = System.nanoTime();
            try {
                int n = body.read(bytes, offset, length);
                if (n >= 0) {
                    position += n;
                    return n;
                }
                if (position == object.size()) {
                    ended = true;
                    return -1;
                }
                broken = null;
            } catch (IOException | SdkException | IllegalStateException e) {
                broken = e;
            } finally {
                spentNanos += System.nanoTime() - began;
            }
            resume(broken);
        }
    }

    /** What is not read is not waited for: the connection is given up. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (ended) {
            try {
                body.close();
            } catch (IOException | SdkException e) {
                body.abort();
            }
        } else {
            body.abort();
        }
    }

    private void resume(@Nullable Throwable broken) throws ObjectStoreException {
        body.abort();
        S3Failure why = failure(broken);
        resumes++;
        if (resumes >= bucket.settings().timeouts().attempts()
                || spentNanos > patience.toNanos()
                || position == object.size()
                || why.reason() != Reason.UNAVAILABLE) {
            throw why;
        }
        log.atDebug().addKeyValue("from", position).log("read again: {}", why.getMessage());
        if (position == 0) {
            // Nobody has seen a byte of it yet, so it may be another object by now.
            S3Input again = open(bucket, object.key());
            object = again.object;
            body = again.body;
        } else {
            body = range(bucket, object, position);
        }
    }

    private S3Failure failure(@Nullable Throwable broken) {
        String doing = "cannot read on at byte %d of %d in".formatted(position, object.size());
        return broken == null
                ? bucket.errors().translate(doing, object.key(), new IOException("the body ended too early"))
                : bucket.errors().translate(doing, object.key(), broken);
    }

    private static ResponseInputStream<GetObjectResponse> range(Bucket bucket, Opened object, long from)
            throws ObjectStoreException {
        ResponseInputStream<GetObjectResponse> body;
        try {
            body = request(bucket, object.key(), from, object.eTag());
        } catch (S3Failure e) {
            if (e.saysConditionFailed() || e.saysNoSuchKey()) {
                throw new ObjectStoreException(
                        Reason.UNAVAILABLE,
                        "s3://%s/%s was replaced or removed while it was read".formatted(bucket.name(), object.key()),
                        e);
            }
            throw e;
        }
        GetObjectResponse answer = body.response();
        boolean same = object.eTag().equals(answer.eTag());
        boolean right = from == 0
                || (answer.contentRange() != null && answer.contentRange().startsWith("bytes " + from + "-"));
        if (!same || !right || answer.contentLength() == null || answer.contentLength() != object.size() - from) {
            body.abort();
            throw bucket.errors()
                    .notAnAnswer(
                            "cannot read",
                            object.key(),
                            same ? "it is not the range that was asked for" : "it is of another object");
        }
        return body;
    }

    private static ResponseInputStream<GetObjectResponse> request(
            Bucket bucket, String key, long from, @Nullable String eTag) throws S3Failure {
        GetObjectRequest.Builder request =
                GetObjectRequest.builder().bucket(bucket.name()).key(key);
        if (from > 0) {
            request.range("bytes=" + from + "-");
        }
        if (eTag != null) {
            request.ifMatch(eTag);
        }
        GetObjectRequest built = bucket.attributes().get(request).build();
        return bucket.call("cannot read", key, () -> bucket.client().getObject(built));
    }
}
