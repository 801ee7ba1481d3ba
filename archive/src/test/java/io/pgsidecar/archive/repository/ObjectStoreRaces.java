package io.pgsidecar.archive.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The part of the {@link ObjectStoreContract} about several callers at once. */
public abstract class ObjectStoreRaces {

    private static final int CREATORS = 16;
    private static final int ROUNDS = 20;
    private static final int SIZE = 200_000;

    private ObjectStore store;

    /** A store that holds nothing. */
    protected abstract ObjectStore newStore() throws Exception;

    @BeforeEach
    void open() throws Exception {
        store = newStore();
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    @Test
    void ofManyCreatorsOneWinsAndItsObjectIsWhole() throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int round = 0; round < ROUNDS; round++) {
                ObjectKey key = ObjectKey.of("race" + round, "folder", "object");
                CyclicBarrier start = new CyclicBarrier(CREATORS);
                List<Future<Boolean>> results = new ArrayList<>();
                for (int i = 0; i < CREATORS; i++) {
                    byte mark = (byte) i;
                    boolean byWriter = i % 2 == 0;
                    results.add(threads.submit(() -> create(key, mark, byWriter, start)));
                }
                List<Integer> winners = new ArrayList<>();
                for (int i = 0; i < CREATORS; i++) {
                    if (results.get(i).get()) {
                        winners.add(i);
                    }
                }
                assertThat(winners).as("round %d", round).hasSize(1);
                byte[] expected = content(winners.getFirst().byteValue());
                assertThat(Arrays.equals(bytes(key), expected))
                        .as("the winner's content, round %d", round)
                        .isTrue();
            }
        }
    }

    private boolean create(ObjectKey key, byte mark, boolean byWriter, CyclicBarrier start) throws Exception {
        start.await();
        try {
            if (byWriter) {
                try (ObjectWriter writer = store.newWriter(key, PutMode.CREATE)) {
                    writer.stream().write(content(mark));
                    writer.commit();
                }
            } else {
                store.put(key, Content.of(content(mark)), PutMode.CREATE);
            }
            return true;
        } catch (ObjectExistsException e) {
            // It says that an object is there: then it can be read, whole.
            assertThat(bytes(key)).hasSize(SIZE);
            return false;
        }
    }

    @Test
    void readersSeeTheOldOrTheNewObjectNeverAPart() throws Exception {
        ObjectKey key = ObjectKey.of("replaced");
        store.put(key, Content.of(content((byte) 0)), PutMode.CREATE);
        AtomicBoolean done = new AtomicBoolean();
        Callable<Integer> reader = () -> {
            int reads = 0;
            while (!done.get() || reads == 0) {
                byte[] seen = bytes(key);
                assertThat(Arrays.equals(seen, content(seen[0]))).isTrue();
                assertThat(store.stat(key).orElseThrow().size()).isEqualTo(SIZE);
                reads++;
            }
            return reads;
        };
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> readers = List.of(threads.submit(reader), threads.submit(reader));
            try {
                for (int i = 1; i <= 100; i++) {
                    store.put(key, Content.of(content((byte) i)), PutMode.REPLACE);
                }
            } finally {
                done.set(true);
            }
            for (Future<Integer> r : readers) {
                assertThat(r.get()).isPositive();
            }
        }
        assertThat(bytes(key)[0]).isEqualTo((byte) 100);
    }

    /** What was opened stays readable or fails; it does not become another object's bytes. */
    @Test
    void anOpenStreamDoesNotMixTwoObjects() throws Exception {
        ObjectKey key = ObjectKey.of("replaced-while-read");
        store.put(key, Content.of(content((byte) 1)), PutMode.CREATE);
        try (InputStream in = store.open(key, 0)) {
            byte[] start = in.readNBytes(10);
            store.put(key, Content.of(content((byte) 2)), PutMode.REPLACE);
            byte[] rest;
            try {
                rest = in.readAllBytes();
            } catch (ObjectStoreException e) {
                return;
            }
            assertThat(start[0]).isEqualTo((byte) 1);
            assertThat(rest).containsOnly(1).hasSize(SIZE - 10);
        }
    }

    @Test
    void severalDeleteTheSameObjectsAtOnce() throws Exception {
        List<ObjectKey> keys = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            keys.add(ObjectKey.of("gone", "k" + i));
            store.put(keys.getLast(), Content.of("x"), PutMode.CREATE);
        }
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> results = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                results.add(threads.submit(() -> {
                    store.delete(keys);
                    return null;
                }));
            }
            for (Future<?> result : results) {
                result.get();
            }
        }
        for (ObjectKey key : keys) {
            assertThat(store.stat(key)).isEmpty();
            assertThatThrownBy(() -> store.open(key, 0)).isInstanceOf(ObjectNotFoundException.class);
        }
    }

    private byte[] bytes(ObjectKey key) throws IOException {
        try (InputStream in = store.open(key, 0)) {
            return in.readAllBytes();
        }
    }

    private static byte[] content(byte mark) {
        byte[] bytes = new byte[SIZE];
        Arrays.fill(bytes, mark);
        return bytes;
    }
}
