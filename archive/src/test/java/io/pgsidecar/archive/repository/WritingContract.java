package io.pgsidecar.archive.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgsidecar.archive.repository.ObjectStoreException.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

interface WritingContract extends StoreUnderTest {

    ObjectKey TARGET = new ObjectKey("main/wals/target");

    @Test
    default void createLeavesWhatIsThere() throws Exception {
        store().put(TARGET, Content.of("first"), PutMode.CREATE);
        ObjectInfo before = store().stat(TARGET).orElseThrow();
        for (String other : List.of("second, and longer", "first", "")) {
            assertExists(() -> another().put(TARGET, Content.of(other), PutMode.CREATE));
            try (ObjectWriter writer = another().newWriter(TARGET, PutMode.CREATE)) {
                writer.stream().write(other.getBytes(StandardCharsets.UTF_8));
                assertExists(writer::commit);
            }
        }
        assertThat(read(TARGET.value())).isEqualTo("first");
        assertThat(store().stat(TARGET)).contains(before);
    }

    @Test
    default void replaceTakesThePlaceOfAll() throws Exception {
        for (String content : List.of("long content", "short", "", "again longer")) {
            store().put(TARGET, Content.of(content), PutMode.REPLACE);
            assertThat(read(TARGET.value())).isEqualTo(content);
        }
        try (ObjectWriter writer = another().newWriter(TARGET, PutMode.REPLACE)) {
            writer.stream().write('w');
            writer.commit();
        }
        assertThat(read(TARGET.value())).isEqualTo("w");
        assertThat(keys("")).containsExactly(TARGET.value());
    }

    @ParameterizedTest
    @EnumSource
    default void contentOfAnotherLengthThanItSaysStoresNothing(PutMode mode) throws Exception {
        for (int real : List.of(0, 4, 6, 500_000)) {
            assertThatThrownBy(() -> store().put(TARGET, content(5, () -> InputStreams.ofLength(real)), mode))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("5 bytes");
            assertNothingStored();
        }
    }

    @Test
    default void contentThatNeverEndsIsGivenUp() throws Exception {
        assertThatThrownBy(() -> store().put(TARGET, content(5, InputStreams::endless), PutMode.CREATE))
                .isInstanceOf(IOException.class);
        assertNothingStored();
    }

    @ParameterizedTest
    @EnumSource
    default void anErrorOfTheContentComesThroughAsItIsAndStoresNothing(PutMode mode) throws Exception {
        IOException own = new IOException("the caller's own");
        assertThatThrownBy(() ->
                        store().put(TARGET, content(1_000_000, () -> InputStreams.failingAfter(400_000, own)), mode))
                .isSameAs(own);
        assertThatThrownBy(() -> store().put(
                                TARGET,
                                content(10, () -> {
                                    throw own;
                                }),
                                mode))
                .isSameAs(own);
        assertNothingStored();
    }

    @Test
    default void aFailedReplaceLeavesTheOld() throws Exception {
        store().put(TARGET, Content.of("old"), PutMode.CREATE);
        assertThatThrownBy(() -> store().put(TARGET, content(5, () -> InputStreams.ofLength(4)), PutMode.REPLACE))
                .isInstanceOf(IOException.class);
        try (ObjectWriter writer = store().newWriter(TARGET, PutMode.REPLACE)) {
            writer.stream().write(new byte[300_000]);
        }
        assertThat(read(TARGET.value())).isEqualTo("old");
    }

    @ParameterizedTest
    @EnumSource
    default void nothingIsVisibleBeforeTheCommit(PutMode mode) throws Exception {
        try (ObjectWriter writer = store().newWriter(TARGET, mode)) {
            assertNothingStored();
            writer.stream().write(new byte[700_000]);
            writer.stream().flush();
            assertThat(another().stat(TARGET)).isEmpty();
            assertNothingStored();
            writer.commit();
            assertThat(readBytes(TARGET.value())).hasSize(700_000);
        }
        assertThat(keys("")).containsExactly(TARGET.value());
    }

    @ParameterizedTest
    @EnumSource
    default void closeWithoutCommitLeavesNothing(PutMode mode) throws Exception {
        ObjectWriter writer = store().newWriter(TARGET, mode);
        writer.stream().write(new byte[700_000]);
        writer.close();
        writer.close();
        assertThatThrownBy(() -> writer.stream().write(1)).isInstanceOf(IOException.class);
        assertThatThrownBy(writer::commit).isInstanceOf(IllegalStateException.class);
        assertNothingStored();
    }

    @ParameterizedTest
    @EnumSource
    default void aWriterIsCommittedOnce(PutMode mode) throws Exception {
        ObjectWriter writer = store().newWriter(TARGET, mode);
        OutputStream stream = writer.stream();
        stream.write("content".getBytes(StandardCharsets.UTF_8));
        writer.commit();
        assertThatThrownBy(writer::commit).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> stream.write(1)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> stream.write(new byte[10])).isInstanceOf(IOException.class);
        writer.close();
        writer.close();
        assertThatThrownBy(writer::commit).isInstanceOf(IllegalStateException.class);
        assertThat(read(TARGET.value())).isEqualTo("content");
    }

    @Test
    default void aCommitThatFindsAnObjectIsOverToo() throws Exception {
        try (ObjectWriter writer = store().newWriter(TARGET, PutMode.CREATE)) {
            another().put(TARGET, Content.of("earlier"), PutMode.CREATE);
            writer.stream().write(1);
            assertExists(writer::commit);
            assertThatThrownBy(writer::commit).isInstanceOf(IllegalStateException.class);
        }
        assertThat(read(TARGET.value())).isEqualTo("earlier");
        assertThat(keys("")).containsExactly(TARGET.value());
    }

    @Test
    default void toCloseTheWritersStreamHasNoEffect() throws Exception {
        try (ObjectWriter writer = store().newWriter(TARGET, PutMode.CREATE)) {
            assertThat(writer.stream()).isSameAs(writer.stream());
            writer.stream().write('a');
            writer.stream().close();
            assertNothingStored();
            writer.stream().write(new byte[] {'x', 'b', 'c', 'x'}, 1, 2);
            assertThatThrownBy(() -> writer.stream().write(new byte[2], 1, 2))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            writer.commit();
        }
        assertThat(read(TARGET.value())).isEqualTo("abc");
    }

    @Test
    default void ofTwoReplacingWritersTheLaterCommitStays() throws Exception {
        try (ObjectWriter first = store().newWriter(TARGET, PutMode.REPLACE);
                ObjectWriter second = another().newWriter(TARGET, PutMode.REPLACE)) {
            second.stream().write('2');
            first.stream().write('1');
            second.commit();
            first.commit();
        }
        assertThat(read(TARGET.value())).isEqualTo("1");
    }

    @Test
    default void aWriterTakesALargeObjectOfUnknownLength() throws Exception {
        int blocks = 64;
        byte[] block = new byte[1 << 20];
        try (ObjectWriter writer = store().newWriter(TARGET, PutMode.CREATE)) {
            for (int i = 0; i < blocks; i++) {
                Arrays.fill(block, (byte) i);
                writer.stream().write(block);
            }
            writer.commit();
        }
        assertThat(store().stat(TARGET).orElseThrow().size()).isEqualTo((long) blocks << 20);
        try (InputStream in = store().open(TARGET, 0)) {
            for (int i = 0; i < blocks; i++) {
                Arrays.fill(block, (byte) i);
                assertThat(Arrays.equals(in.readNBytes(1 << 20), block))
                        .as("block %d", i)
                        .isTrue();
            }
            assertThat(in.read()).isNegative();
        }
    }

    @Test
    default void deletesManyAtOnceAndNothingElse() throws Exception {
        for (String key : List.of("a/1", "a/2", "a/21", "b/1", "c")) {
            put(key, key);
        }
        store().delete(keysOf("a/2", "a/absent", "a/2", "absent/folder/x", "b/1", "a"));
        assertThat(keys("")).containsExactly("a/1", "a/21", "c");
        store().delete(List.of());
        store().delete(keysOf("a/2", "b/1"));
        assertThat(keys("")).containsExactly("a/1", "a/21", "c");
    }

    @Test
    default void aDeletedNameIsFreeAgain() throws Exception {
        put("a/b/c", "1");
        store().delete(keysOf("a/b/c"));
        assertNothingStored();
        assertThat(store().stat(new ObjectKey("a/b/c"))).isEmpty();
        put("a/b/c", "2");
        assertThat(read("a/b/c")).isEqualTo("2");
    }

    private static void assertExists(ThrowingCallable write) {
        assertThatThrownBy(write)
                .isInstanceOfSatisfying(
                        ObjectExistsException.class, e -> assertThat(e.reason()).isEqualTo(Reason.EXISTS))
                .hasMessageContaining(TARGET.value());
    }

    private static List<ObjectKey> keysOf(String... keys) {
        return Arrays.stream(keys).map(ObjectKey::new).toList();
    }

    private static Content content(long length, InputStreams.Opening opening) {
        return new Content() {
            @Override
            public long length() {
                return length;
            }

            @Override
            public InputStream openStream() throws IOException {
                return opening.open();
            }
        };
    }
}
