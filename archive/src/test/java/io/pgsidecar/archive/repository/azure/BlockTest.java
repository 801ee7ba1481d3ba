package io.pgsidecar.archive.repository.azure;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BlockTest {

    @Test
    void givesWhatWasAppendedInWhateverPieces() throws Exception {
        long seed = System.nanoTime();
        System.out.println("givesWhatWasAppendedInWhateverPieces: seed " + seed);
        Random random = new Random(seed);
        Block block = new Block();
        for (int round = 0; round < 20; round++) { // A used block is as good as a new one.
            byte[] content = new byte[random.nextInt(5 * Block.SLICE)];
            random.nextBytes(content);
            block.clear();
            for (int at = 0; at < content.length; ) {
                int n = Math.min(1 + random.nextInt(2 * Block.SLICE), content.length - at);
                block.append(content, at, n);
                at += n;
            }
            assertThat(block.size()).isEqualTo(content.length);
            assertThat(copyOf(block)).isEqualTo(content);
            assertThat(joined(block)).isEqualTo(content);
            assertThat(block.md5()).isEqualTo(MessageDigest.getInstance("MD5").digest(content));
        }
    }

    @Test
    void copiesFromTheMiddleAndNotBeyondTheEnd() {
        Block block = new Block();
        byte[] content = new byte[Block.SLICE + 10];
        content[Block.SLICE - 1] = 1;
        content[Block.SLICE] = 2;
        block.append(content, 0, content.length);
        byte[] copy = new byte[4];
        assertThat(block.copy(Block.SLICE - 1, copy, 1, 2)).isEqualTo(2);
        assertThat(copy).containsExactly(0, 1, 2, 0);
        assertThat(block.copy(Block.SLICE + 8, copy, 0, 4)).isEqualTo(2);
        assertThat(block.copy(Block.SLICE + 10, copy, 0, 4)).isZero();
    }

    @Test
    void noBufferIsLargerThanASlice() {
        Block block = new Block();
        block.append(new byte[3 * Block.SLICE + 1], 0, 3 * Block.SLICE + 1);
        assertThat(block.buffers()).hasSize(4).allMatch(b -> b.remaining() <= Block.SLICE);
    }

    private static byte[] copyOf(Block block) {
        byte[] bytes = new byte[block.size()];
        for (int at = 0; at < bytes.length; ) {
            at += block.copy(at, bytes, at, Math.min(70_000, bytes.length - at));
        }
        return bytes;
    }

    private static byte[] joined(Block block) {
        ByteBuffer joined = ByteBuffer.allocate(block.size());
        block.buffers().forEach(joined::put);
        return joined.array();
    }
}
