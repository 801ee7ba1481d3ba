package io.pgsidecar.archive.repository.filesystem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgsidecar.archive.repository.Content;
import io.pgsidecar.archive.repository.ObjectInfo;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.ObjectStoreException.Reason;
import io.pgsidecar.archive.repository.PutMode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** How the tests ask a store in trouble. */
final class Failures {

    private Failures() {}

    static AbstractThrowableAssert<?, ? extends Throwable> assertFails(Reason reason, ThrowingCallable operation) {
        return assertThatThrownBy(() -> unwrap(operation))
                .isInstanceOfSatisfying(
                        ObjectStoreException.class, e -> assertThat(e.reason()).isEqualTo(reason));
    }

    /** Each fails so, with a message that has all the words. */
    static void assertEachFails(Reason reason, Map<String, ThrowingCallable> operations, CharSequence... words) {
        operations.forEach((name, operation) -> assertThatThrownBy(() -> unwrap(operation))
                .as(name)
                .isInstanceOfSatisfying(
                        ObjectStoreException.class, e -> assertThat(e.reason()).isEqualTo(reason))
                .hasMessageContainingAll(words));
    }

    private static void unwrap(ThrowingCallable operation) throws Throwable {
        try {
            operation.call();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /** Each operation by its name, on an object. */
    static Map<String, ThrowingCallable> operations(ObjectStore store, ObjectKey key) {
        Map<String, ThrowingCallable> operations = new LinkedHashMap<>(readingOperations(store, key));
        operations.put("ensureDurable", () -> store.ensureDurable(key));
        operations.put("delete", () -> store.delete(List.of(key)));
        operations.put("put create", () -> store.put(key, Content.of("x"), PutMode.CREATE));
        operations.put("put replace", () -> store.put(key, Content.of("x"), PutMode.REPLACE));
        operations.put("newWriter", () -> store.newWriter(key, PutMode.CREATE).close());
        return operations;
    }

    static Map<String, ThrowingCallable> readingOperations(ObjectStore store, ObjectKey key) {
        Map<String, ThrowingCallable> operations = new LinkedHashMap<>();
        operations.put("stat", () -> store.stat(key));
        operations.put("open", () -> store.open(key, 0).close());
        operations.put("list", () -> list(store, ObjectKey.ROOT));
        operations.put("list below", () -> list(store, key));
        return operations;
    }

    static List<String> list(ObjectStore store, ObjectKey prefix) throws IOException {
        try (Stream<ObjectInfo> objects = store.list(prefix)) {
            return objects.map(o -> o.key().value()).toList();
        }
    }

    /** What is in the folder for temporary files; nothing if there is none. */
    static List<Path> temporaryFiles(Path root) throws IOException {
        Path folder = root.resolve(TemporaryFiles.FOLDER);
        if (!Files.exists(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }
}
