package io.pgsidecar.archive.repository.s3;

import io.pgsidecar.archive.repository.s3.S3Settings.ConditionalCreate;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.sync.RequestBody;

/**
 * Whether the store keeps to "only if there is none" ({@code If-None-Match: *}). Some answer that they do not know it;
 * worse, some (Google's) ignore it without a word and overwrite. So it is tried, once for each kind of request, with an
 * object of our own that may be overwritten: a store that lets the second write through does not keep to it.
 *
 * <p>That object stays, under one name. To remove it would take a right that an archiver need not have, and would let
 * two processes that try at the same time mistake each other's removal for a store that ignores the condition.
 *
 * <p>Where the condition is of no use it is emulated: look, then write. Writers in this process wait for each other;
 * against those in others there is no help, and the log says so.
 */
final class CreateCondition {

    /** The kinds of requests that can have the condition. A store may keep to it in one of them only. */
    enum Kind {
        PUT,
        COMPLETE
    }

    /** Sends the request that is tried, with or without the condition. */
    @FunctionalInterface
    interface Trial {
        void write(String key, RequestBody body, String writeId, boolean onlyIfNone) throws S3Failure;
    }

    static final String PROBE = ".pgsidecar-conditional-create";

    private static final Logger log = LoggerFactory.getLogger(CreateCondition.class);
    private static final byte[] PROBE_CONTENT = """
            Written by pgsidecar to find out whether this store can create an object without replacing one.
            It is no part of any backup, and may be overwritten or deleted at any time.
            """.getBytes(StandardCharsets.UTF_8);

    /** Of the process: two stores may lead to the same bucket. */
    private static final ReentrantLock[] LOCKS =
            IntStream.range(0, 64).mapToObj(i -> new ReentrantLock()).toArray(ReentrantLock[]::new);

    private final Bucket bucket;
    private final Map<Kind, Trial> trials;
    private final Map<Kind, Boolean> known = new EnumMap<>(Kind.class);
    private final ReentrantLock trying = new ReentrantLock();

    CreateCondition(Bucket bucket, Trial put, Trial complete) {
        this.bucket = bucket;
        this.trials = Map.of(Kind.PUT, put, Kind.COMPLETE, complete);
    }

    /** Whether a request of that kind may rely on the condition. The first call may ask the store. */
    boolean isKept(Kind kind) throws S3Failure {
        ConditionalCreate setting = bucket.settings().writing().conditionalCreate();
        if (setting != ConditionalCreate.AUTO) {
            return setting == ConditionalCreate.NATIVE;
        }
        trying.lock();
        try {
            Boolean kept = known.get(kind);
            if (kept == null) {
                kept = tryOut(kind);
                known.put(kind, kept);
            }
            return kept;
        } finally {
            trying.unlock();
        }
    }

    /** Held by who creates. */
    ReentrantLock lock(String key) {
        int hash = (bucket.name() + "/" + key).hashCode();
        return LOCKS[Math.floorMod(hash, LOCKS.length)];
    }

    private boolean tryOut(Kind kind) throws S3Failure {
        // The first may create the object, the second then finds one for certain.
        for (int i = 0; i < 2; i++) {
            @Nullable S3Failure refused = write(kind, true);
            if (refused == null) {
                continue;
            }
            if (refused.saysConditionFailed() || refused.saysConflict()) {
                return true;
            }
            if (!refused.mayMeanUnsupported()) {
                throw refused;
            }
            // Was it the condition that it did not like? Without it the same request must pass.
            @Nullable S3Failure other = write(kind, false);
            if (other != null) {
                throw other;
            }
            warn(kind, "refuses it: " + refused.getMessage());
            return false;
        }
        warn(kind, "ignores it");
        return false;
    }

    private @Nullable S3Failure write(Kind kind, boolean onlyIfNone) {
        String prefix = bucket.settings().prefix();
        String key = prefix.isEmpty() ? PROBE : prefix + "/" + PROBE;
        Trial trial = trials.get(kind);
        if (trial == null) {
            throw new IllegalStateException("no trial of " + kind);
        }
        try {
            trial.write(
                    key, RequestBody.fromBytes(PROBE_CONTENT), UUID.randomUUID().toString(), onlyIfNone);
            return null;
        } catch (S3Failure e) {
            return e;
        }
    }

    private void warn(Kind kind, String how) {
        log.atWarn()
                .addKeyValue("bucket", bucket.name())
                .addKeyValue("request", kind == Kind.PUT ? "PutObject" : "CompleteMultipartUpload")
                .log(
                        "the store cannot create an object only if there is none (If-None-Match): it {};"
                                + " pgsidecar looks before it writes, which does not keep two agents from overwriting"
                                + " each other's object at the same moment",
                        how);
    }
}
