package io.pgsidecar.archive.repository.s3;

import io.pgsidecar.archive.repository.Content;
import io.pgsidecar.archive.repository.ObjectInfo;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectNotFoundException;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.ObjectWriter;
import io.pgsidecar.archive.repository.PutMode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.TreeSet;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;

/**
 * Objects in a bucket.
 *
 * <p><b>Absent is proven</b> by an answer with a body that says so: a listing, or the error {@code NoSuchKey}. The 404
 * of a HEAD has none, and comes as well from a bucket that does not exist or from a web server that is no store; so a
 * listing is asked for after it.
 */
final class S3ObjectStore implements ObjectStore {

    /** Content that is longer goes in parts, each of which is repeated by itself when it fails. */
    private static final long MAX_SINGLE_PUT = 64L << 20;

    private static final int COPY_BUFFER = 128 * 1024;
    private static final String TYPE = "application/octet-stream";

    private final Bucket bucket;
    private final ObjectWrites writes;
    private final Deletion deletion;
    private final PartSizes partSizes;

    S3ObjectStore(S3Settings settings) {
        this.bucket = new Bucket(settings);
        this.writes = new ObjectWrites(bucket, key -> stat(key).isPresent());
        this.deletion = new Deletion(bucket);
        this.partSizes = new PartSizes(settings.writing().partSize());
    }

    @Override
    public Optional<ObjectInfo> stat(ObjectKey key) throws IOException {
        return look(key).map(Found::info);
    }

    /** An object, and which one: its ETag changes with its content. */
    private record Found(ObjectInfo info, String eTag) {}

    private Optional<Found> look(ObjectKey key) throws IOException {
        String name = bucket.key(key);
        HeadObjectResponse answer;
        try {
            answer = bucket.head(name);
        } catch (S3Failure e) {
            if (e.status() != 404) {
                throw e;
            }
            if (variants(key, List.of("")).isEmpty()) {
                return Optional.empty();
            }
            throw new ObjectStoreException(
                    ObjectStoreException.Reason.UNAVAILABLE,
                    "%s is listed, but was not there a moment ago".formatted(bucket.describe(key)),
                    e);
        }
        if (answer.eTag() == null || answer.contentLength() == null || answer.lastModified() == null) {
            throw bucket.errors().notAnAnswer("cannot look at", name, "it has no ETag, length or date");
        }
        return Optional.of(new Found(
                new ObjectInfo(
                        key, answer.contentLength(), answer.lastModified().truncatedTo(ChronoUnit.SECONDS)),
                answer.eTag()));
    }

    @Override
    public List<ObjectInfo> variants(ObjectKey stem, Collection<String> endings) throws IOException {
        TreeSet<ObjectKey> wanted = new TreeSet<>();
        for (String ending : endings) {
            wanted.add(stem.withEnding(ending));
        }
        List<ObjectInfo> found = new ArrayList<>();
        if (wanted.isEmpty()) {
            return found;
        }
        S3Listing listing = new S3Listing(bucket, bucket.key(stem));
        try {
            while (listing.hasNext()) {
                ObjectInfo info = listing.next();
                if (wanted.contains(info.key())) {
                    found.add(info);
                }
                if (info.key().compareTo(wanted.last()) >= 0) {
                    break; // Sorted: the rest, perhaps many pages, has none of them.
                }
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        return found;
    }

    @Override
    public InputStream open(ObjectKey key, long offset) throws IOException {
        String name = bucket.key(key);
        try {
            if (offset == 0) {
                return S3Input.open(bucket, name);
            }
        } catch (S3Failure e) {
            if (e.saysNoSuchKey()) {
                throw new ObjectNotFoundException(key, e);
            }
            throw e;
        }
        Found found = look(key).orElseThrow(() -> new ObjectNotFoundException(key, null));
        long size = found.info().size();
        if (offset < 0 || offset > size) {
            throw new IllegalArgumentException(
                    "offset %d is outside %s, which has %d bytes".formatted(offset, key, size));
        }
        return offset == size ? InputStream.nullInputStream() : S3Input.open(bucket, name, found.eTag(), size, offset);
    }

    @Override
    public void put(ObjectKey key, Content content, PutMode mode) throws IOException {
        String name = bucket.key(key);
        CheckedContent checked = new CheckedContent(name, content);
        if (content.length() == 0) {
            checked.checkEmpty();
            writes.put(key, mode, RequestBody.empty());
        } else if (content.length() > MAX_SINGLE_PUT) {
            putInParts(key, checked, mode);
        } else {
            putAtOnce(key, checked, content.length(), mode);
        }
    }

    private void putAtOnce(ObjectKey key, CheckedContent content, long length, PutMode mode) throws IOException {
        try {
            writes.put(key, mode, RequestBody.fromContentProvider(content, length, TYPE));
        } catch (IOException | RuntimeException e) {
            IOException own = content.failure();
            if (own != null) {
                throw own;
            }
            throw e;
        } finally {
            content.closeStream();
        }
    }

    private void putInParts(ObjectKey key, CheckedContent content, PutMode mode) throws IOException {
        try (ObjectWriter writer = newWriter(key, mode)) {
            try (InputStream in = content.newStream()) {
                byte[] buffer = new byte[COPY_BUFFER];
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    writer.stream().write(buffer, 0, n);
                }
            }
            writer.commit();
        } catch (CheckedContent.ContentFailedException e) {
            IOException own = content.failure();
            throw own == null ? new IOException(e) : own;
        }
    }

    @Override
    public ObjectWriter newWriter(ObjectKey key, PutMode mode) throws IOException {
        bucket.key(key); // The root is refused here and not at the first part.
        return new S3Writer(writes, key, mode, partSizes);
    }

    @Override
    public Stream<ObjectInfo> list(ObjectKey prefix) throws IOException {
        return StreamSupport.stream(
                Spliterators.spliteratorUnknownSize(
                        new S3Listing(bucket, bucket.prefix(prefix)),
                        Spliterator.ORDERED | Spliterator.DISTINCT | Spliterator.NONNULL),
                false);
    }

    @Override
    public void delete(Collection<ObjectKey> keys) throws IOException {
        deletion.delete(keys.stream().map(bucket::key).toList());
    }

    /** What the store has acknowledged is durable. */
    @Override
    public void ensureDurable(ObjectKey key) throws IOException {
        if (stat(key).isEmpty()) {
            throw new ObjectNotFoundException(key, null);
        }
    }

    @Override
    public void close() {
        bucket.close();
    }
}
