package io.pgsidecar.archive.repository.s3;

import io.pgsidecar.archive.repository.ObjectStore;

/** Opens a bucket, or a part of one, as an {@link ObjectStore}. */
public final class S3Store {

    private S3Store() {}

    /**
     * The store in a bucket. The bucket is never made, and not asked for here: it may be out of reach now, and each
     * operation then says so. A region that nothing names is looked up on the instance, which may take some seconds.
     *
     * <p>When the first object is created under {@link S3Settings.ConditionalCreate#AUTO}, a small object named
     * {@code .pgsidecar-conditional-create} is written, and stays; listings leave it out.
     *
     * @throws IllegalArgumentException if the settings cannot work: no region anywhere, or a CA or key file that cannot
     *     be understood
     */
    public static ObjectStore open(S3Settings settings) {
        return new S3ObjectStore(settings);
    }
}
