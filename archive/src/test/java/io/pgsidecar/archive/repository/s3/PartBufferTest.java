package io.pgsidecar.archive.repository.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PartBufferTest {

    @Test
    void givesWhatWasWrittenAgainAndAgain() throws IOException {
        long seed = System.nanoTime();
        System.out.println("givesWhatWasWrittenAgainAndAgain: seed " + seed);
        Random random = new Random(seed);
        try (PartBuffer buffer = new PartBuffer()) {
            for (int round = 0; round < 5; round++) {
                byte[] all = new byte[random.nextInt(2_000_000)];
                random.nextBytes(all);
                for (int at = 0; at < all.length; ) {
                    int n = Math.min(all.length - at, 1 + random.nextInt(300_000));
                    buffer.write(all, at, n);
                    at += n;
                }
                assertThat(buffer.size()).isEqualTo(all.length);
                for (int reading = 0; reading < 2; reading++) {
                    try (InputStream in = buffer.openStream()) {
                        assertThat(Arrays.equals(in.readAllBytes(), all)).isTrue();
                        assertThat(in.read()).isNegative();
                    }
                }
                buffer.clear();
                assertThat(buffer.openStream().read()).isNegative();
            }
        }
    }

    @Test
    void isClosedTwiceWithoutHarm() {
        PartBuffer buffer = new PartBuffer();
        buffer.write(new byte[10], 0, 10);
        buffer.close();
        buffer.close();
        assertThat(buffer.size()).isZero();
    }
}
