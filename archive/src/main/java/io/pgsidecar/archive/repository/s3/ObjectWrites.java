package io.pgsidecar.archive.repository.s3;

import io.pgsidecar.archive.repository.ObjectExistsException;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.PutMode;
import io.pgsidecar.archive.repository.s3.CreateCondition.Kind;
import java.io.IOException;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.AbortMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/**
 * The requests that write, whole objects and parts.
 *
 * <p>An answer can get lost after the store has done the work, and the repeated request then finds the object that the
 * first one made. Each write carries an id of its own in the object's metadata; by it "there is one already" and "there
 * is no such upload" turn out to be our own success.
 */
final class ObjectWrites {

    /** An upload in parts that has begun. */
    record Upload(ObjectKey key, String id, String writeId) {}

    private static final Logger log = LoggerFactory.getLogger(ObjectWrites.class);
    private static final String TYPE = "application/octet-stream";
    private static final long FIRST_PAUSE_MILLIS = 100;

    /** Sends the request, if asked to with the condition that there is no object yet. */
    @FunctionalInterface
    private interface Sending {
        void send(boolean onlyIfNone) throws S3Failure;
    }

    /** Whether an object is there. */
    @FunctionalInterface
    interface Presence {
        boolean isThere(ObjectKey key) throws IOException;
    }

    private final Bucket bucket;
    private final Presence presence;
    private final CreateCondition condition;

    ObjectWrites(Bucket bucket, Presence presence) {
        this.bucket = bucket;
        this.presence = presence;
        this.condition = new CreateCondition(bucket, this::put, this::putInOnePart);
    }

    /** Stores an object in one request. */
    void put(ObjectKey key, PutMode mode, RequestBody body) throws IOException {
        String writeId = newWriteId();
        write(key, mode, writeId, Kind.PUT, onlyIfNone -> put(bucket.key(key), body, writeId, onlyIfNone));
    }

    Upload begin(ObjectKey key) throws S3Failure {
        String writeId = newWriteId();
        return new Upload(key, begin(bucket.key(key), writeId), writeId);
    }

    CompletedPart part(Upload upload, int number, RequestBody body) throws S3Failure {
        return part(bucket.key(upload.key()), upload.id(), number, body);
    }

    void complete(Upload upload, PutMode mode, List<CompletedPart> parts) throws IOException {
        write(
                upload.key(),
                mode,
                upload.writeId(),
                Kind.COMPLETE,
                onlyIfNone -> complete(bucket.key(upload.key()), upload.id(), parts, onlyIfNone));
    }

    /** Lets the store forget the parts. Nothing of them is visible anyway, so that it failed is only logged. */
    void abort(Upload upload) {
        abort(bucket.key(upload.key()), upload.id());
    }

    private void write(ObjectKey key, PutMode mode, String writeId, Kind kind, Sending sending) throws IOException {
        if (mode == PutMode.REPLACE) {
            settled(key, writeId, kind, sending, false);
            return;
        }
        boolean onlyIfNone = condition.isKept(kind);
        // Where the store decides it keeps our own writers from conflicts with each other, which it would have to
        // report.
        ReentrantLock lock = condition.lock(bucket.key(key));
        lock.lock();
        try {
            if (!onlyIfNone && presence.isThere(key)) {
                throw new ObjectExistsException(key, null);
            }
            settled(key, writeId, kind, sending, onlyIfNone);
        } finally {
            lock.unlock();
        }
    }

    /** Sends, and finds out what became of it where the answer does not tell. */
    private void settled(ObjectKey key, String writeId, Kind kind, Sending sending, boolean onlyIfNone)
            throws IOException {
        for (int attempt = 1; ; attempt++) {
            try {
                sending.send(onlyIfNone);
                return;
            } catch (S3Failure e) {
                boolean mayBeOurs = (onlyIfNone && e.saysConditionFailed())
                        || (kind == Kind.COMPLETE && (!e.isDefinite() || e.saysNoSuchUpload()));
                if (mayBeOurs && isFrom(key, writeId)) {
                    return;
                }
                if (onlyIfNone && e.saysConditionFailed()) {
                    throw new ObjectExistsException(key, e);
                }
                // Of parts AWS wants all to be sent again after a conflict: that is the caller's to begin.
                if (kind == Kind.COMPLETE
                        || !e.saysConflict()
                        || attempt >= bucket.settings().timeouts().attempts()) {
                    throw e;
                }
                pause(attempt, e);
            }
        }
    }

    private boolean isFrom(ObjectKey key, String writeId) {
        try {
            return writeId.equals(bucket.head(bucket.key(key)).metadata().get(RequestAttributes.WRITE_ID));
        } catch (S3Failure e) {
            return false; // The first error says what is wrong.
        }
    }

    private static void pause(int attempt, S3Failure why) throws S3Failure {
        long longest = FIRST_PAUSE_MILLIS << Math.min(attempt - 1, 5);
        try {
            Thread.sleep(ThreadLocalRandom.current().nextLong(longest / 2, longest + 1));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw why;
        }
    }

    private void put(String key, RequestBody body, String writeId, boolean onlyIfNone) throws S3Failure {
        long length = body.optionalContentLength().orElse(0L);
        PutObjectRequest.Builder request = PutObjectRequest.builder()
                .bucket(bucket.name())
                .key(key)
                .contentType(TYPE)
                .overrideConfiguration(bucket.timeFor(length));
        if (onlyIfNone) {
            request.ifNoneMatch("*");
        }
        PutObjectRequest built = bucket.attributes().put(request, writeId).build();
        PutObjectResponse answer =
                bucket.call("cannot write", key, () -> bucket.client().putObject(built, body));
        if (answer.eTag() == null) {
            throw bucket.errors().notAnAnswer("cannot write", key, "it has no ETag");
        }
    }

    private void putInOnePart(String key, RequestBody body, String writeId, boolean onlyIfNone) throws S3Failure {
        String id = begin(key, writeId);
        try {
            complete(key, id, List.of(part(key, id, 1, body)), onlyIfNone);
        } catch (S3Failure e) {
            abort(key, id);
            throw e;
        }
    }

    private String begin(String key, String writeId) throws S3Failure {
        CreateMultipartUploadRequest request = bucket.attributes()
                .begin(
                        CreateMultipartUploadRequest.builder()
                                .bucket(bucket.name())
                                .key(key)
                                .contentType(TYPE),
                        writeId)
                .build();
        CreateMultipartUploadResponse answer =
                bucket.call("cannot begin to write", key, () -> bucket.client().createMultipartUpload(request));
        if (answer.uploadId() == null) {
            throw bucket.errors().notAnAnswer("cannot begin to write", key, "it has no upload id");
        }
        return answer.uploadId();
    }

    private CompletedPart part(String key, String uploadId, int number, RequestBody body) throws S3Failure {
        UploadPartRequest request = bucket.attributes()
                .part(UploadPartRequest.builder()
                        .bucket(bucket.name())
                        .key(key)
                        .uploadId(uploadId)
                        .partNumber(number)
                        .overrideConfiguration(
                                bucket.timeFor(body.optionalContentLength().orElse(0L))))
                .build();
        UploadPartResponse answer = bucket.call(
                "cannot write part " + number + " of",
                key,
                () -> bucket.client().uploadPart(request, body));
        if (answer.eTag() == null) {
            throw bucket.errors().notAnAnswer("cannot write part " + number + " of", key, "it has no ETag");
        }
        return CompletedPart.builder()
                .partNumber(number)
                .eTag(answer.eTag())
                .checksumCRC32(answer.checksumCRC32())
                .build();
    }

    private void complete(String key, String uploadId, List<CompletedPart> parts, boolean onlyIfNone) throws S3Failure {
        CompleteMultipartUploadRequest.Builder request = CompleteMultipartUploadRequest.builder()
                .bucket(bucket.name())
                .key(key)
                .uploadId(uploadId)
                .multipartUpload(u -> u.parts(parts));
        if (onlyIfNone) {
            request.ifNoneMatch("*");
        }
        CompleteMultipartUploadRequest built =
                bucket.attributes().complete(request).build();
        CompleteMultipartUploadResponse answer =
                bucket.call("cannot finish to write", key, () -> bucket.client().completeMultipartUpload(built));
        if (answer.eTag() == null) {
            throw bucket.errors().notAnAnswer("cannot finish to write", key, "it has no ETag");
        }
    }

    private void abort(String key, String uploadId) {
        try {
            AbortMultipartUploadRequest request = AbortMultipartUploadRequest.builder()
                    .bucket(bucket.name())
                    .key(key)
                    .uploadId(uploadId)
                    .build();
            bucket.call("cannot give up writing", key, () -> bucket.client().abortMultipartUpload(request));
        } catch (S3Failure e) {
            if (!e.code().equals("NoSuchUpload")) {
                log.atWarn()
                        .addKeyValue("uploadId", uploadId)
                        .log("{}; its parts stay until the bucket's lifecycle removes them", e.getMessage());
            }
        }
    }

    private static String newWriteId() {
        return UUID.randomUUID().toString();
    }
}
