package io.pgsidecar.agent.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.GZIPInputStream;
import java.util.zip.Inflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PagePartTest {

    @ParameterizedTest
    @CsvSource({"0, 0", "0, 5", "5, 0", "1, 1", "100, 3000000", "70000, 123457", "3000000, 7"})
    void compressedPartsAreOneFile(int first, int last) throws Exception {
        byte[] one = text(first, 1);
        byte[] other = text(last, 2);
        byte[] file = bytes(PagePart.together(
                PagePart.compressed(out -> out.write(one), false),
                PagePart.compressed(out -> out.write(other), true),
                true));
        byte[] both = bytes(List.of(one, other));
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(file))) {
            assertThat(in.readAllBytes()).isEqualTo(both);
        }
        // For who stops at the end of the first deflate stream, there is nothing behind it.
        assertThat(deflated(file, both.length)).isEqualTo(file.length - 8);
    }

    @Test
    void theSumOfTwoIsTheSumOfBoth() {
        Random random = new Random(3);
        for (int i = 0; i < 200; i++) {
            byte[] one = new byte[random.nextInt(1000)];
            byte[] other = new byte[random.nextInt(100_000)];
            random.nextBytes(one);
            random.nextBytes(other);
            CRC32 both = new CRC32();
            both.update(one);
            both.update(other);
            assertThat(PagePart.combine(crc(one), crc(other), other.length)).isEqualTo((int) both.getValue());
        }
    }

    @Test
    void whatIsNotCompressedIsAsItIs() throws Exception {
        byte[] one = text(100_000, 1);
        assertThat(bytes(PagePart.together(
                        PagePart.plain(out -> out.write(one)), PagePart.plain(out -> out.write('x')), false)))
                .isEqualTo(bytes(List.of(one, new byte[] {'x'})));
    }

    private static int deflated(byte[] file, int length) throws DataFormatException {
        Inflater inflater = new Inflater(true);
        try {
            inflater.setInput(file, 10, file.length - 10);
            byte[] whole = new byte[length + 1];
            int got = 0;
            while (!inflater.finished()) {
                got += inflater.inflate(whole, got, whole.length - got);
            }
            return 10 + (int) inflater.getBytesRead();
        } finally {
            inflater.end();
        }
    }

    private static int crc(byte[] of) {
        CRC32 crc = new CRC32();
        crc.update(of);
        return (int) crc.getValue();
    }

    private static byte[] text(int length, int seed) {
        StringBuilder text = new StringBuilder();
        Random random = new Random(seed);
        while (text.length() < length) {
            text.append("pg_stat_user_tables_n_live_tup{relname=\"")
                    .append(random.nextInt())
                    .append("\"} 1.0\n");
        }
        return text.substring(0, length).getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] bytes(List<byte[]> pieces) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] piece : pieces) {
            all.write(piece);
        }
        return all.toByteArray();
    }
}
