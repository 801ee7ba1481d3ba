package io.pgsidecar.archive.repository.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgsidecar.archive.repository.Content;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectNotFoundException;
import io.pgsidecar.archive.repository.PutMode;
import io.pgsidecar.archive.stores.S3ProxyServer;
import io.pgsidecar.archive.stores.S3Server;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** S3Proxy on a folder has a folder's limits where keys are the beginnings of others or have long parts. */
class S3ProxyContractIT extends ServerContract {

    @Override
    S3Server create(Path home) {
        return S3ProxyServer.create(home);
    }

    /** A folder's name is 255 bytes at most, and S3Proxy adds to it while it writes. */
    @Test
    @Override
    public void aKeyMayBeDeepAndItsPartsLong() throws Exception {
        ObjectKey deep = new ObjectKey("d/".repeat(64) + "ob");
        ObjectKey broad = ObjectKey.of("l".repeat(200), "ü".repeat(100), "n".repeat(200), "o".repeat(200));
        for (ObjectKey key : List.of(deep, broad)) {
            store().put(key, Content.of("content"), PutMode.CREATE);
            assertThat(read(key.value())).isEqualTo("content");
        }
        assertThat(keys("")).containsExactly(deep.value(), broad.value());
    }

    /** To delete below a file, or a folder, is an error of the server there. */
    @Test
    @Override
    public void nothingIsBelowAnObject() throws Exception {
        put("folder/object", "x");
        ObjectKey below = new ObjectKey("folder/object/below/deeper");
        assertThat(store().stat(below)).isEmpty();
        assertThatThrownBy(() -> store().open(below, 0)).isInstanceOf(ObjectNotFoundException.class);
        assertThat(keys(below.value())).isEmpty();
    }

    @Test
    @Override
    public void deletesManyAtOnceAndNothingElse() throws Exception {
        for (String key : List.of("a/1", "a/2", "a/21", "b/1", "c")) {
            put(key, key);
        }
        store().delete(Stream.of("a/2", "a/absent", "a/2", "absent/folder/x", "b/1")
                .map(ObjectKey::new)
                .toList());
        assertThat(keys("")).containsExactly("a/1", "a/21", "c");
        store().delete(List.of());
        store().delete(List.of(new ObjectKey("a/2"), new ObjectKey("b/1")));
        assertThat(keys("")).containsExactly("a/1", "a/21", "c");
    }
}
