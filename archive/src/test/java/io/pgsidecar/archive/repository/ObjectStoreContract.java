package io.pgsidecar.archive.repository;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What every back end is held to, sentence by sentence of {@link ObjectStore}. A back end extends it; what several do at
 * once is in {@link ObjectStoreRaces}.
 */
public abstract class ObjectStoreContract {

    protected static final ObjectKey KEY = ObjectKey.of("main", "wals", "0000000100000000", "some.zst");

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

    @ParameterizedTest
    @EnumSource(PutMode.class)
    void whatIsPutIsReadBackAndDescribed(PutMode mode) throws IOException {
        Instant before = Instant.now();
        store.put(KEY, Content.of("hello"), mode);

        assertThat(read(KEY)).isEqualTo("hello");
        ObjectInfo info = store.stat(KEY).orElseThrow();
        assertThat(info.key()).isEqualTo(KEY);
        assertThat(info.size()).isEqualTo(5);
        // By the store's clock, which is not ours.
        assertThat(info.lastModified()).isBetween(before.minus(Duration.ofHours(1)), before.plus(Duration.ofHours(1)));
    }

    @Test
    void createLeavesAnObjectThatIsThereAsItIs() throws IOException {
        store.put(KEY, Content.of("first"), PutMode.CREATE);
        assertThatThrownBy(() -> store.put(KEY, Content.of("second!"), PutMode.CREATE))
                .isInstanceOf(ObjectExistsException.class)
                .hasMessageContaining(KEY.value());
        // The same content is no exception: what is there was perhaps not stored by this caller.
        assertThatThrownBy(() -> store.put(KEY, Content.of("first"), PutMode.CREATE))
                .isInstanceOf(ObjectExistsException.class);
        assertThat(read(KEY)).isEqualTo("first");
    }

    @Test
    void replaceTakesTheOldObjectsPlace() throws IOException {
        store.put(KEY, Content.of("first"), PutMode.CREATE);
        store.put(KEY, Content.of("2nd"), PutMode.REPLACE);
        assertThat(read(KEY)).isEqualTo("2nd");
        assertThat(store.stat(KEY).orElseThrow().size()).isEqualTo(3);
        assertThat(keysBelow(ObjectKey.ROOT)).containsExactly(KEY.value());
    }

    @Test
    void absentIsEmptyOrNotFound() throws IOException {
        store.put(ObjectKey.of("a", "b"), Content.of("x"), PutMode.CREATE);
        // Never there; a folder to a file system; below an object; beside one.
        for (String absent : List.of("zz", "a", "a/b/c", "a/c", "a/b/c/d")) {
            ObjectKey key = new ObjectKey(absent);
            assertThat(store.stat(key)).as(absent).isEmpty();
            assertThatThrownBy(() -> store.open(key, 0))
                    .as(absent)
                    .isInstanceOf(ObjectNotFoundException.class)
                    .hasMessageContaining(absent);
            assertThatThrownBy(() -> store.ensureDurable(key)).isInstanceOf(ObjectNotFoundException.class);
            assertThat(keysBelow(key)).isEqualTo(absent.equals("a") ? List.of("a/b") : List.of());
        }
        store.ensureDurable(ObjectKey.of("a", "b"));
    }

    @Test
    void anEmptyObjectIsAnObject() throws IOException {
        store.put(KEY, Content.of(""), PutMode.CREATE);
        ObjectKey written = ObjectKey.of("by-writer");
        try (ObjectWriter writer = store.newWriter(written, PutMode.CREATE)) {
            writer.commit();
        }
        for (ObjectKey key : List.of(KEY, written)) {
            assertThat(store.stat(key).orElseThrow().size()).isZero();
            assertThat(read(key)).isEmpty();
            assertThatThrownBy(() -> store.put(key, Content.of("x"), PutMode.CREATE))
                    .isInstanceOf(ObjectExistsException.class);
        }
        assertThat(keysBelow(ObjectKey.ROOT)).hasSize(2);
    }

    @Test
    void readsFromAnOffset() throws IOException {
        store.put(KEY, Content.of("0123456789"), PutMode.CREATE);
        for (int offset : new int[] {0, 1, 5, 9, 10}) {
            try (InputStream in = store.open(KEY, offset)) {
                assertThat(new String(in.readAllBytes(), UTF_8)).isEqualTo("0123456789".substring(offset));
            }
        }
        for (long offset : new long[] {-1, 11, Long.MAX_VALUE}) {
            assertThatThrownBy(() -> store.open(KEY, offset))
                    .as("offset %d", offset)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(String.valueOf(offset));
        }
    }

    @ParameterizedTest
    @EnumSource(PutMode.class)
    void aWriterPublishesAtCommitAndNotBefore(PutMode mode) throws IOException {
        try (ObjectWriter writer = store.newWriter(KEY, mode)) {
            assertThat(writer.stream()).isSameAs(writer.stream());
            writer.stream().write('h');
            writer.stream().write("xello".getBytes(UTF_8), 1, 4);
            writer.stream().flush();
            writer.stream().close(); // No effect.
            writer.stream().write('!');
            assertThat(store.stat(KEY)).isEmpty();
            assertThat(keysBelow(ObjectKey.ROOT)).isEmpty();
            writer.commit();
            assertThat(read(KEY)).isEqualTo("hello!");
        }
        assertThat(read(KEY)).isEqualTo("hello!");
    }

    @ParameterizedTest
    @EnumSource(PutMode.class)
    void aWriterThatIsClosedWithoutACommitLeavesNothing(PutMode mode) throws IOException {
        try (ObjectWriter writer = store.newWriter(KEY, mode)) {
            writer.stream().write(new byte[100_000]);
        }
        assertThat(store.stat(KEY)).isEmpty();
        assertThat(keysBelow(ObjectKey.ROOT)).isEmpty();

        store.put(KEY, Content.of("old"), PutMode.CREATE);
        try (ObjectWriter writer = store.newWriter(KEY, mode)) {
            writer.stream().write(new byte[100_000]);
        }
        assertThat(read(KEY)).isEqualTo("old");
    }

    @Test
    void aWriterFindsAtCommitThatTheNameIsTaken() throws IOException {
        try (ObjectWriter writer = store.newWriter(KEY, PutMode.CREATE)) {
            writer.stream().write('2');
            store.put(KEY, Content.of("1"), PutMode.CREATE);
            assertThatThrownBy(writer::commit).isInstanceOf(ObjectExistsException.class);
        }
        assertThat(read(KEY)).isEqualTo("1");
        assertThat(keysBelow(ObjectKey.ROOT)).containsExactly(KEY.value());
    }

    @Test
    void aFinishedWriterTakesNothingMore() throws IOException {
        ObjectWriter writer = store.newWriter(KEY, PutMode.CREATE);
        OutputStream stream = writer.stream();
        stream.write('1');
        writer.commit();
        assertThatThrownBy(() -> stream.write('2')).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> stream.write(new byte[10])).isInstanceOf(IOException.class);
        assertThatThrownBy(writer::commit).isInstanceOf(IllegalStateException.class);
        writer.close();
        assertThatCode(writer::close).doesNotThrowAnyException();
        assertThat(read(KEY)).isEqualTo("1");

        ObjectWriter aborted = store.newWriter(ObjectKey.of("aborted"), PutMode.CREATE);
        aborted.close();
        assertThatThrownBy(() -> aborted.stream().write('2')).isInstanceOf(IOException.class);
        assertThatThrownBy(aborted::commit).isInstanceOf(IllegalStateException.class);
        aborted.close();
        assertThat(store.stat(ObjectKey.of("aborted"))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 99, 101, 1_000_000})
    void contentOfAnotherLengthThanDeclaredIsNotStored(long declared) throws IOException {
        Content content = new FakeContent(declared, 100, null);
        for (PutMode mode : PutMode.values()) {
            assertThatThrownBy(() -> store.put(KEY, content, mode)).isInstanceOf(IOException.class);
        }
        assertThat(store.stat(KEY)).isEmpty();

        store.put(KEY, Content.of("old"), PutMode.CREATE);
        assertThatThrownBy(() -> store.put(KEY, content, PutMode.REPLACE)).isInstanceOf(IOException.class);
        assertThat(read(KEY)).isEqualTo("old");
    }

    @Test
    void contentThatNeverEndsDoesNotFillTheStore() throws IOException {
        IOException readOn = new IOException("64 MB were read of content that was to have 1000 bytes");
        Content endless = new FakeContent(1000, 64 << 20, readOn);
        assertThatThrownBy(() -> store.put(KEY, endless, PutMode.CREATE))
                .isInstanceOf(IOException.class)
                .isNotSameAs(readOn);
        assertThat(store.stat(KEY)).isEmpty();
    }

    @Test
    void anErrorOfTheContentComesThroughAsItIsAndNothingIsStored() throws IOException {
        IOException error = new IOException("the caller's disk");
        Content failing = new FakeContent(300_000, 200_000, error);
        for (PutMode mode : PutMode.values()) {
            assertThatThrownBy(() -> store.put(KEY, failing, mode)).isSameAs(error);
        }
        assertThat(store.stat(KEY)).isEmpty();
        assertThat(keysBelow(ObjectKey.ROOT)).isEmpty();
    }

    @Test
    void aLargeObjectGoesThroughAWriter() throws IOException {
        byte[] block = new byte[1 << 20];
        new Random(1).nextBytes(block);
        try (ObjectWriter writer = store.newWriter(KEY, PutMode.CREATE)) {
            for (int i = 0; i < 64; i++) {
                block[0] = (byte) i;
                writer.stream().write(block);
            }
            writer.commit();
        }
        assertThat(store.stat(KEY).orElseThrow().size()).isEqualTo(64L << 20);
        try (InputStream in = store.open(KEY, 0)) {
            for (int i = 0; i < 64; i++) {
                block[0] = (byte) i;
                assertThat(Arrays.equals(in.readNBytes(1 << 20), block))
                        .as("megabyte %d", i)
                        .isTrue();
            }
            assertThat(in.read()).isEqualTo(-1);
        }
    }

    @Test
    void deleteRemovesAndDoesNotMindWhatIsAbsent() throws IOException {
        List<ObjectKey> keys =
                IntStream.range(0, 20).mapToObj(i -> ObjectKey.of("d", "k" + i)).toList();
        for (ObjectKey key : keys) {
            store.put(key, Content.of("x"), PutMode.CREATE);
        }
        store.delete(List.of());
        store.delete(List.of(ObjectKey.of("absent"), ObjectKey.of("d", "absent"), ObjectKey.of("d")));
        assertThat(keysBelow(ObjectKey.of("d"))).hasSize(20);

        store.delete(
                Stream.concat(keys.stream().skip(1), keys.stream().skip(10)).toList());
        assertThat(keysBelow(ObjectKey.of("d"))).containsExactly("d/k0");
        store.delete(keys);
        assertThat(keysBelow(ObjectKey.of("d"))).isEmpty();

        store.put(keys.getFirst(), Content.of("again"), PutMode.CREATE);
        assertThat(read(keys.getFirst())).isEqualTo("again");
    }

    protected final ObjectStore store() {
        return store;
    }

    protected final String read(ObjectKey key) throws IOException {
        try (InputStream in = store.open(key, 0)) {
            return new String(in.readAllBytes(), UTF_8);
        }
    }

    protected final List<String> keysBelow(ObjectKey prefix) throws IOException {
        try (Stream<ObjectInfo> objects = store.list(prefix)) {
            return objects.map(o -> o.key().value()).toList();
        }
    }
}
