package io.pgsidecar.archive.repository.s3;

import io.pgsidecar.archive.repository.ObjectInfo;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.ObjectStoreException.Reason;
import java.io.UncheckedIOException;
import java.time.temporal.ChronoUnit;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * The objects whose names begin with a prefix, a page of 1,000 at a time. An empty listing means "proven absent" to
 * those who ask, so an answer counts only if it is one: it names the bucket, its pages hang together, and the names are
 * sorted.
 */
final class S3Listing implements Iterator<ObjectInfo> {

    private final Bucket bucket;
    private final String prefix;
    private Iterator<S3Object> page;
    private @Nullable String token;
    private @Nullable ObjectKey last;
    private @Nullable ObjectInfo next;

    /** Asks for the first page. */
    S3Listing(Bucket bucket, String prefix) throws ObjectStoreException {
        this.bucket = bucket;
        this.prefix = prefix;
        this.page = page();
    }

    /** @throws UncheckedIOException with an {@link ObjectStoreException}, if a further page cannot be had */
    @Override
    public boolean hasNext() {
        try {
            while (next == null) {
                if (page.hasNext()) {
                    next = info(page.next()).orElse(null);
                } else if (token != null) {
                    page = page();
                } else {
                    return false;
                }
            }
            return true;
        } catch (ObjectStoreException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public ObjectInfo next() {
        if (!hasNext() || next == null) {
            throw new NoSuchElementException();
        }
        ObjectInfo current = next;
        next = null;
        return current;
    }

    private Iterator<S3Object> page() throws ObjectStoreException {
        ListObjectsV2Request request = ListObjectsV2Request.builder()
                .bucket(bucket.name())
                .prefix(prefix)
                .continuationToken(token)
                .build();
        ListObjectsV2Response answer =
                bucket.call("cannot list", prefix, () -> bucket.client().listObjectsV2(request));
        if (answer.name() == null || answer.name().isEmpty()) {
            // A web page that is well-formed XML parses as an empty listing.
            throw bucket.errors().notAnAnswer("cannot list", prefix, "it names no bucket");
        }
        String following = Boolean.TRUE.equals(answer.isTruncated()) ? answer.nextContinuationToken() : null;
        if (Boolean.TRUE.equals(answer.isTruncated())
                && (following == null || following.isEmpty() || following.equals(token))) {
            throw bucket.errors().notAnAnswer("cannot list", prefix, "it goes on, but does not say where");
        }
        token = following;
        return answer.contents().iterator();
    }

    private Optional<ObjectInfo> info(S3Object object) throws ObjectStoreException {
        Optional<ObjectKey> key = bucket.object(object.key());
        if (key.isEmpty() || key.get().value().equals(CreateCondition.PROBE)) {
            return Optional.empty();
        }
        if (last != null && last.compareTo(key.get()) >= 0) {
            throw new ObjectStoreException(
                    Reason.OTHER,
                    "the store lists %s after %s, unsorted; directory buckets cannot be used"
                            .formatted(bucket.describe(key.get()), bucket.describe(last)),
                    null);
        }
        last = key.get();
        // Of the time HEAD tells the seconds only.
        return Optional.of(
                new ObjectInfo(key.get(), object.size(), object.lastModified().truncatedTo(ChronoUnit.SECONDS)));
    }
}
