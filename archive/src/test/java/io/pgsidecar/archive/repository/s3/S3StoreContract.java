package io.pgsidecar.archive.repository.s3;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgsidecar.archive.repository.ObjectInfo;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectStoreContract;
import io.pgsidecar.archive.stores.S3Server;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** The contract, and what else a store that speaks S3 has to show. Each test has a prefix of its own. */
interface S3StoreContract extends ObjectStoreContract {

    /** Two stores for one place of a server. */
    final class Opened {
        private final ObjectStore store;
        private final ObjectStore another;

        Opened(S3Server server) {
            this(ServerSettings.of(server).withPrefix(ServerSettings.freshPrefix()));
        }

        Opened(S3Settings settings) {
            this.store = S3Store.open(settings);
            this.another = S3Store.open(settings);
        }
    }

    Opened opened();

    S3Server server();

    @Override
    default ObjectStore store() {
        return opened().store;
    }

    @Override
    default ObjectStore another() {
        return opened().another;
    }

    @Override
    default boolean sortsByCodePoints() {
        return false;
    }

    /** S3 replaces at once. Of the servers for tests one writes in place, the other sends the new with the old length. */
    @Test
    @Override
    default void readersSeeTheOldOrTheNewNeverAPart() {
        Assumptions.abort("neither S3Mock nor S3Proxy replaces an object at once");
    }

    /** The order of names decides what a listing proves: one that is not sorted is refused. */
    @Test
    default void anUnsortedListingIsAnError() throws Exception {
        put("a\uFF5E", "behind the letter in UTF-8");
        put("a🐘", "but in UTF-16 this one is between them");
        try (Stream<ObjectInfo> objects = store().list(ObjectKey.ROOT)) {
            assertThatThrownBy(objects::toList)
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining("unsorted");
        }
    }

    @AfterEach
    default void close() throws IOException {
        store().close();
        another().close();
    }
}
