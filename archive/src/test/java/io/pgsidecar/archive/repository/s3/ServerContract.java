package io.pgsidecar.archive.repository.s3;

import io.pgsidecar.archive.stores.S3Server;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The contract on one server for all tests of a class. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class ServerContract implements S3StoreContract {

    private @Nullable S3Server server;
    private @Nullable Opened opened;

    /** The server, not started. */
    abstract S3Server create(Path home);

    /** The stores of a test. */
    Opened open(S3Server server) {
        return new Opened(server);
    }

    @BeforeAll
    void start(@TempDir Path home) {
        server = create(home);
        server.start();
    }

    @BeforeEach
    void open() {
        opened = open(server());
    }

    @AfterAll
    void stop() {
        if (server != null) {
            server.close();
        }
    }

    @Override
    public Opened opened() {
        return Objects.requireNonNull(opened);
    }

    @Override
    public S3Server server() {
        return Objects.requireNonNull(server);
    }
}
