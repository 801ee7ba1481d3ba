package io.pgsidecar.archive.repository.azure;

import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectStoreContract;
import io.pgsidecar.archive.stores.AzuriteServer;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

class AzuriteContractIT implements ObjectStoreContract {

    private static final AtomicInteger CONTAINERS = new AtomicInteger();

    @TempDir
    private static Path home;

    private static AzuriteServer server;

    private ObjectStore store;
    private ObjectStore another;

    @BeforeAll
    static void start() {
        server = AzuriteServer.create(home);
        server.start();
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.close();
        }
    }

    @BeforeEach
    void open() {
        String container = "contract-" + CONTAINERS.incrementAndGet();
        server.createContainer(container);
        store = AzureStore.open(TestSettings.accountKey(server, container, home));
        another = AzureStore.open(TestSettings.accountKey(server, container, home));
    }

    @Override
    public ObjectStore store() {
        return store;
    }

    @Override
    public ObjectStore another() {
        return another;
    }
}
