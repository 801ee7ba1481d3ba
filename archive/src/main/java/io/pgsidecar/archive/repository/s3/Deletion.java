package io.pgsidecar.archive.repository.s3;

import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.ObjectStoreException.Reason;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.s3.model.DeleteObjectRequest;
import software.amazon.awssdk.services.s3.model.DeleteObjectsRequest;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.S3Error;

/** Removes objects, 1,000 in a request; one by one where the store (Google's, for one) does not know such requests. */
final class Deletion {

    private static final Logger log = LoggerFactory.getLogger(Deletion.class);
    private static final int MAX_KEYS = 1_000;
    private static final int MAX_NAMED = 3;

    private final Bucket bucket;
    private volatile boolean oneByOne;

    Deletion(Bucket bucket) {
        this.bucket = bucket;
    }

    void delete(Collection<String> keys) throws ObjectStoreException {
        List<String> all = List.copyOf(new TreeSet<>(keys));
        for (int from = 0; from < all.size(); from += MAX_KEYS) {
            List<String> some = all.subList(from, Math.min(all.size(), from + MAX_KEYS));
            if (some.size() == 1 || oneByOne) {
                deleteEach(some);
            } else {
                deleteAtOnce(some);
            }
        }
    }

    private void deleteAtOnce(List<String> keys) throws ObjectStoreException {
        DeleteObjectsRequest request = DeleteObjectsRequest.builder()
                .bucket(bucket.name())
                .delete(d -> d.quiet(true)
                        .objects(keys.stream()
                                .map(key -> ObjectIdentifier.builder().key(key).build())
                                .toList()))
                .build();
        List<S3Error> errors;
        try {
            errors = bucket.call(
                            "cannot delete " + keys.size() + " objects in",
                            null,
                            () -> bucket.client().deleteObjects(request))
                    .errors();
        } catch (S3Failure e) {
            if (!e.mayMeanUnsupported()) {
                throw e;
            }
            deleteEach(keys);
            oneByOne = true;
            log.info("the store does not delete several objects in one request, so each takes one: {}", e.getMessage());
            return;
        }
        // A store that is asked for what is absent may call that an error.
        List<S3Error> real =
                errors.stream().filter(e -> !"NoSuchKey".equals(e.code())).toList();
        if (!real.isEmpty()) {
            throw failure(real);
        }
    }

    private void deleteEach(List<String> keys) throws ObjectStoreException {
        for (String key : keys) {
            DeleteObjectRequest request =
                    DeleteObjectRequest.builder().bucket(bucket.name()).key(key).build();
            try {
                bucket.call("cannot delete", key, () -> bucket.client().deleteObject(request));
            } catch (S3Failure e) {
                if (!e.saysNoSuchKey()) {
                    throw e;
                }
            }
        }
    }

    private ObjectStoreException failure(List<S3Error> errors) {
        StringBuilder message =
                new StringBuilder("cannot delete %d objects in s3://%s: ".formatted(errors.size(), bucket.name()));
        errors.stream()
                .limit(MAX_NAMED)
                .forEach(e -> message.append("%s: %s \"%s\"; ".formatted(e.key(), e.code(), e.message())));
        if (errors.size() > MAX_NAMED) {
            message.append("and others");
        } else {
            message.setLength(message.length() - 2);
        }
        Reason reason = S3Errors.reason(
                200, Objects.requireNonNullElse(errors.getFirst().code(), ""));
        return new ObjectStoreException(reason, message.toString(), null);
    }
}
