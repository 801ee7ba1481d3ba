package io.pgsidecar.archive.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgsidecar.archive.repository.InputStreams;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EncryptionTest {

    private static final int CHUNK = 64 * 1024;
    private static final int FLIPS = Boolean.getBoolean("pgsidecar.long") ? 5_000 : 300;

    @TempDir
    private Path folder;

    private final AgeKey key = AgeKey.generate();
    private Path identities;
    private Encryption encryption;

    @BeforeEach
    void create() throws IOException {
        identities = AgeKey.write(folder.resolve("identities"), key);
        encryption = AgeKey.with(identities, key);
    }

    @Test
    void whatIsEncryptedComesBack() throws IOException {
        for (int length : new int[] {0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 5 * CHUNK, 1_000_003}) {
            byte[] content = TestData.content(length);
            byte[] encrypted = encrypt(encryption, content);
            assertThat(encrypted.length).isGreaterThan(length);
            assertThat(decrypt(encryption, encrypted)).as("%d bytes", length).isEqualTo(content);
        }
    }

    @Test
    void piecesOfAnySizeWillDo() throws IOException {
        byte[] content = TestData.content(150_000);
        ByteArrayOutputStream encrypted = new ByteArrayOutputStream();
        try (OutputStream out = encryption.encrypt(encrypted, digest(content))) {
            for (int at = 0, n = 1; at < content.length; at += n, n = Math.min(n * 3, content.length - at)) {
                out.write(content, at, n);
            }
        }
        InputStream trickle = new FilterInputStream(new ByteArrayInputStream(encrypted.toByteArray())) {
            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                return super.read(bytes, offset, Math.min(length, 7));
            }
        };
        try (InputStream in = encryption.decrypt(trickle)) {
            byte[] piece = new byte[50];
            ByteArrayOutputStream decrypted = new ByteArrayOutputStream();
            for (int b = in.read(); b >= 0; b = in.read()) {
                decrypted.write(b);
                decrypted.write(piece, 0, Math.max(0, in.read(piece)));
            }
            assertThat(decrypted.toByteArray()).isEqualTo(content);
            assertThat(in.read()).isNegative();
            assertThat(in.read(piece)).isNegative();
            assertThat(in.read(piece, 0, 0)).isZero();
        }
    }

    @Test
    void eachRecipientCanReadAndNobodyElse() throws IOException {
        AgeKey second = AgeKey.generate();
        AgeKey stranger = AgeKey.generate();
        byte[] content = TestData.content(1000);
        byte[] encrypted = encrypt(AgeKey.onlyFor(key, second), content);
        assertThat(decrypt(encryption, encrypted)).isEqualTo(content);
        Encryption ofSecond = AgeKey.with(AgeKey.write(folder.resolve("second"), stranger, second));
        assertThat(decrypt(ofSecond, encrypted)).isEqualTo(content);

        for (Path file : List.of(
                AgeKey.write(folder.resolve("one"), stranger),
                AgeKey.write(folder.resolve("several"), stranger, AgeKey.generate()))) {
            assertThatThrownBy(() -> decrypt(AgeKey.with(file), encrypted))
                    .isInstanceOf(NoKeyException.class)
                    .hasMessageContaining(file.toString())
                    .hasMessageContaining("encrypted for others")
                    .satisfies(e -> assertThat(((NoKeyException) e).hint()).contains("keep old keys after a rotation"));
        }
        assertThatThrownBy(() -> decrypt(AgeKey.onlyFor(key), encrypted))
                .isInstanceOf(NoKeyException.class)
                .hasMessageContaining("no identity");
    }

    @Test
    void aKeyThatIsAddedCountsAtOnce() throws IOException {
        AgeKey next = AgeKey.generate();
        byte[] encrypted = encrypt(AgeKey.onlyFor(next), TestData.content(10));
        assertThatThrownBy(() -> decrypt(encryption, encrypted)).isInstanceOf(NoKeyException.class);
        AgeKey.write(identities, key, next);
        assertThat(decrypt(encryption, encrypted)).isEqualTo(TestData.content(10));
        Files.delete(identities);
        assertThatThrownBy(() -> decrypt(encryption, encrypted))
                .isInstanceOf(NoKeyException.class)
                .hasMessageContaining("cannot be read");
    }

    @Test
    void inputThatEndsTooEarlyIsAnErrorWhereverItIsCut() throws IOException {
        byte[] content = TestData.content(3 * CHUNK + 5);
        byte[] encrypted = encrypt(encryption, content);
        int payload = encrypted.length - (3 * (CHUNK + 16) + 5 + 16);
        IntStream chunks = IntStream.rangeClosed(0, 3).map(i -> payload + i * (CHUNK + 16));
        IntStream cuts = IntStream.concat(
                chunks.flatMap(end -> IntStream.rangeClosed(end - 17, end + 17)), IntStream.range(0, payload));
        cuts.filter(cut -> cut < encrypted.length)
                .forEach(cut -> assertThatThrownBy(() -> decrypt(encryption, Arrays.copyOf(encrypted, cut)))
                        .as("cut at %d of %d", cut, encrypted.length)
                        .isInstanceOf(IOException.class)
                        .isNotInstanceOf(NoKeyException.class)
                        .hasMessageContaining("age data is damaged"));
    }

    @Test
    void noFlippedBitPassesAndNothingButDamageIsCalledDamage() throws IOException {
        long seed = System.nanoTime();
        System.out.println("noFlippedBitPasses: seed " + seed);
        Random random = new Random(seed);
        byte[] content = TestData.content(2 * CHUNK + 100);
        byte[] encrypted = encrypt(encryption, content);
        Encryption twoKeys = AgeKey.with(AgeKey.write(folder.resolve("two"), AgeKey.generate(), key));
        for (int i = 0; i < FLIPS; i++) {
            byte[] damaged = encrypted.clone();
            int at = i < FLIPS / 2 ? random.nextInt(500) : random.nextInt(damaged.length);
            damaged[at] ^= (byte) (1 << random.nextInt(8));
            for (Encryption each : List.of(encryption, twoKeys)) {
                assertThatThrownBy(() -> decrypt(each, damaged))
                        .as("bit flipped at %d", at)
                        .isInstanceOf(IOException.class)
                        .hasMessageContaining("damaged");
            }
        }
    }

    @Test
    void whatFollowsTheEndIsDamage() throws IOException {
        for (int length : new int[] {0, 10, CHUNK, CHUNK + 1}) {
            byte[] encrypted = encrypt(encryption, TestData.content(length));
            for (byte[] more : List.of(new byte[1], new byte[CHUNK + 16], encrypted)) {
                assertThatThrownBy(() -> decrypt(encryption, TestData.concat(encrypted, more)))
                        .isInstanceOf(IOException.class)
                        .hasMessageContaining("age data is damaged");
            }
        }
    }

    @Test
    void afterDamageNothingMoreIsRead() throws IOException {
        byte[] encrypted = encrypt(encryption, TestData.content(3 * CHUNK));
        encrypted[encrypted.length - CHUNK - 50] ^= 1;
        try (InputStream in = encryption.decrypt(new ByteArrayInputStream(encrypted))) {
            assertThat(in.readNBytes(CHUNK)).hasSize(CHUNK);
            for (int i = 0; i < 3; i++) {
                assertThatThrownBy(() -> in.readNBytes(10)).hasMessageContaining("age data is damaged");
            }
        }
    }

    @Test
    void anErrorOfTheSourceComesThroughAsItIs() throws IOException {
        byte[] encrypted = encrypt(encryption, TestData.content(5 * CHUNK));
        IOException away = new IOException("the store is away");
        for (int after : new int[] {0, 10, 100, 300, CHUNK, 2 * CHUNK, 5 * CHUNK}) {
            InputStream failing = InputStreams.failingAfter(Arrays.copyOf(encrypted, after), away);
            assertThatThrownBy(() -> {
                        try (InputStream in = encryption.decrypt(failing)) {
                            in.readAllBytes();
                        }
                    })
                    .isSameAs(away);
        }
    }

    @Test
    void anErrorOfWhereItIsWrittenComesThroughAsItIs() throws IOException {
        for (int room : new int[] {10, 100_000, 3 * CHUNK}) {
            IOException full = new IOException("No space left on device");
            OutputStream small = new OutputStream() {
                private int left = room;

                @Override
                public void write(int b) throws IOException {
                    write(new byte[1], 0, 1);
                }

                @Override
                public void write(byte[] bytes, int offset, int length) throws IOException {
                    left -= length;
                    if (left < 0) {
                        throw full;
                    }
                }
            };
            assertThatThrownBy(() -> {
                        try (OutputStream out = encryption.encrypt(small, digest(new byte[0]))) {
                            out.write(TestData.content(3 * CHUNK));
                        }
                    })
                    .isSameAs(full);
        }
    }

    @Test
    void toCloseItEndsWhatItWritesAndNothingElse() throws IOException {
        AtomicInteger closed = new AtomicInteger();
        ByteArrayOutputStream encrypted = new ByteArrayOutputStream();
        OutputStream out = encryption.encrypt(
                new FilterOutputStream(encrypted) {
                    @Override
                    public void close() {
                        closed.incrementAndGet();
                    }
                },
                digest(new byte[0]));
        out.write(new byte[] {1, 2, 3});
        out.close();
        int size = encrypted.size();
        out.close();
        assertThat(encrypted.size()).as("a second close writes nothing").isEqualTo(size);
        assertThat(closed).hasValue(0);

        InputStream in = encryption.decrypt(new FilterInputStream(new ByteArrayInputStream(encrypted.toByteArray())) {
            @Override
            public void close() {
                closed.incrementAndGet();
            }
        });
        assertThat(in.readAllBytes()).containsExactly(1, 2, 3);
        assertThat(closed).hasValue(0);
        in.close();
        assertThat(closed).hasPositiveValue();
    }

    @Test
    void theDigestIsReadWithoutAnyKeyAndTellsContentsApart() throws IOException {
        byte[] content = TestData.content(1000);
        Path file = Files.write(folder.resolve("content"), content);
        Path other = Files.write(folder.resolve("other"), TestData.content(1001));
        SaltedDigest stored = Encryption.digest(new ByteArrayInputStream(encrypt(encryption, content)))
                .orElseThrow();
        assertThat(stored.sameSalt(file)).isEqualTo(stored).hasSameHashCodeAs(stored);
        assertThat(stored.sameSalt(other)).isNotEqualTo(stored);
        assertThat(SaltedDigest.of(file)).as("another salt").isNotEqualTo(stored);
        assertThat(stored.toString()).hasSize(64);
    }

    @Test
    void severalThreadsDoNotDisturbEachOther() throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Boolean>> runs = IntStream.range(0, 50)
                    .mapToObj(i -> threads.submit(() -> {
                        byte[] content = TestData.content(100_000 + i);
                        return Arrays.equals(decrypt(encryption, encrypt(encryption, content)), content);
                    }))
                    .toList();
            for (Future<Boolean> run : runs) {
                assertThat(run.get()).isTrue();
            }
        }
    }

    @Test
    void withoutRecipientsNothingIsEncrypted() {
        assertThat(Encryption.NONE.encrypts()).isFalse();
        assertThat(Encryption.of(Optional.empty(), Optional.of(new Identities(identities)))
                        .encrypts())
                .isFalse();
        assertThatThrownBy(() -> Encryption.NONE.encrypt(OutputStream.nullOutputStream(), digest(new byte[0])))
                .isInstanceOf(IllegalStateException.class);
    }

    private SaltedDigest digest(byte[] content) throws IOException {
        Path file = Files.createTempFile(folder, "digest", "");
        return SaltedDigest.of(Files.write(file, content));
    }

    private byte[] encrypt(Encryption with, byte[] content) throws IOException {
        ByteArrayOutputStream encrypted = new ByteArrayOutputStream();
        try (OutputStream out = with.encrypt(encrypted, digest(content))) {
            out.write(content);
        }
        return encrypted.toByteArray();
    }

    private static byte[] decrypt(Encryption with, byte[] encrypted) throws IOException {
        try (InputStream in = with.decrypt(new ByteArrayInputStream(encrypted))) {
            return in.readAllBytes();
        }
    }
}
