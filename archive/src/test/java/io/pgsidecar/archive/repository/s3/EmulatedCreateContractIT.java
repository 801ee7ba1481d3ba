package io.pgsidecar.archive.repository.s3;

import io.pgsidecar.archive.repository.s3.S3Settings.Checksums;
import io.pgsidecar.archive.repository.s3.S3Settings.ConditionalCreate;
import io.pgsidecar.archive.repository.s3.S3Settings.Writing;
import io.pgsidecar.archive.stores.S3MockServer;
import io.pgsidecar.archive.stores.S3Server;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** The settings' other ways: look before writing, and checksums with all that has them. */
class EmulatedCreateContractIT implements S3StoreContract {

    @TempDir
    private static Path home;

    private static S3MockServer server;

    private Opened opened;

    @BeforeAll
    static void start() {
        server = S3MockServer.create(home);
        server.start();
    }

    @BeforeEach
    void open() {
        opened = new Opened(ServerSettings.of(server)
                .withPrefix(ServerSettings.freshPrefix())
                .with(Writing.DEFAULT.with(ConditionalCreate.EMULATED).with(Checksums.WHEN_SUPPORTED)));
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.close();
        }
    }

    @Override
    public Opened opened() {
        return opened;
    }

    @Override
    public S3Server server() {
        return server;
    }
}
