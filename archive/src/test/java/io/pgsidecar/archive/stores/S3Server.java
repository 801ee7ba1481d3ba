package io.pgsidecar.archive.stores;

import java.net.URI;

/** A store that speaks S3, with one bucket. Not started when it is made. It is reached with path-style addresses. */
public interface S3Server extends AutoCloseable {

    /** Starts it, also after a {@link #stop()}: at the same address, with the objects that it had. */
    void start();

    void stop();

    /** {@code http://127.0.0.1:port} */
    URI endpoint();

    default String region() {
        return "us-east-1";
    }

    default String bucket() {
        return "wal-archive";
    }

    default String accessKeyId() {
        return "test-access-key";
    }

    default String secretAccessKey() {
        return "test-secret-key";
    }

    /** What the server has printed. */
    String log();

    @Override
    void close();
}
