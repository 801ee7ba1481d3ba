package io.pgsidecar.archive.repository;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

interface ConcurrencyContract extends StoreUnderTest {

    int THREADS = 12;

    @Test
    default void ofRacingCreatorsOneWinsAndItsContentIsWhole() throws Exception {
        for (int round = 0; round < 10; round++) {
            ObjectKey key = ObjectKey.of("races", "round-" + round, "object");
            List<Boolean> won = race(id -> create(id, key));
            assertThat(won).as("round %d", round).containsOnlyOnce(true);
            int winner = won.indexOf(true);
            assertThat(readBytes(key.value())).hasSize(sizeOf(winner)).containsOnly(winner);
        }
    }

    @Test
    default void writersIntoTheSameNewFolderAllSucceed() throws Exception {
        List<Boolean> won = race(id -> create(id, ObjectKey.of("new/folder/of/many", "object-" + id)));
        assertThat(won).containsOnly(true);
        assertThat(keys("new")).hasSize(THREADS);
    }

    @Test
    default void readersSeeTheOldOrTheNewNeverAPart() throws Exception {
        ObjectKey key = new ObjectKey("main/replaced");
        put(key.value(), "");
        AtomicBoolean done = new AtomicBoolean();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> readers = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                readers.add(threads.submit(() -> readUntil(done, key)));
            }
            try {
                for (int version = 1; version <= 60; version++) {
                    byte[] content = new byte[sizeOf(version)];
                    Arrays.fill(content, (byte) version);
                    store().put(key, Content.of(content), PutMode.REPLACE);
                }
            } finally {
                done.set(true);
            }
            for (Future<Integer> reader : readers) {
                assertThat(reader.get()).isPositive();
            }
        }
    }

    private int readUntil(AtomicBoolean done, ObjectKey key) throws IOException {
        int reads = 0;
        do {
            byte[] content = readBytes(key.value());
            if (content.length > 0) {
                assertThat(content).hasSize(sizeOf(content[0])).containsOnly(content[0]);
            }
            assertThat(another().stat(key)).isPresent();
            reads++;
        } while (!done.get());
        return reads;
    }

    private boolean create(int id, ObjectKey key) throws IOException {
        byte[] content = new byte[sizeOf(id)];
        Arrays.fill(content, (byte) id);
        ObjectStore store = id % 2 == 0 ? store() : another();
        try {
            if (id % 3 == 0) {
                store.put(key, Content.of(content), PutMode.CREATE);
            } else {
                try (ObjectWriter writer = store.newWriter(key, PutMode.CREATE)) {
                    writer.stream().write(content);
                    writer.commit();
                }
            }
            return true;
        } catch (ObjectExistsException e) {
            return false;
        }
    }

    private static int sizeOf(int id) {
        return 50_000 + 1000 * id;
    }

    /** What one of the racing threads does. */
    @FunctionalInterface
    interface Racer {
        boolean run(int id) throws Exception;
    }

    /** Starts them together, and gives what each has brought, by its number. */
    private static List<Boolean> race(Racer racer) throws Exception {
        CyclicBarrier start = new CyclicBarrier(THREADS);
        List<Callable<Boolean>> all = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            int id = i;
            all.add(() -> {
                start.await();
                return racer.run(id);
            });
        }
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Boolean> results = new ArrayList<>();
            for (Future<Boolean> result : threads.invokeAll(all)) {
                results.add(result.get());
            }
            return results;
        }
    }
}
