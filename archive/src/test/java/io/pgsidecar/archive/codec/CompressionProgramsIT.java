package io.pgsidecar.archive.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whoever has lost this program must be able to read what it stored, with those that every distribution has. */
class CompressionProgramsIT {

    private static final int SEGMENT = 16 << 20;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({
        "GZIP, gzip, 1",
        "GZIP, gzip, 9",
        "LZ4, lz4, 1",
        "LZ4, lz4, 9",
        "ZSTD, zstd, 1",
        "ZSTD, zstd, 3",
        "ZSTD, zstd, 19"
    })
    void itsOwnProgramReadsWhatIsWritten(Compression compression, String program, int level) throws Exception {
        for (int length : new int[] {0, 1, 300_000, level > 9 ? 1_000_000 : SEGMENT}) {
            byte[] content = TestData.content(length);
            Path compressed = folder.resolve(length + compression.extension());
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (OutputStream out = compression.compress(bytes, level)) {
                out.write(content);
            }
            Files.write(compressed, bytes.toByteArray());
            assertThat(run(List.of(program, "-dc", compressed.toString()))).isEqualTo(content);
            run(List.of(program, "-t", compressed.toString()));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "gzip -1",
                "gzip -9",
                "zstd -1",
                "zstd -19",
                "zstd --fast --no-check",
                "zstd -T2",
                "lz4 -1",
                "lz4 -9",
                "lz4 -B4 -BD",
                "lz4 -B7 -BD -BX --content-size",
                "lz4 -9 -BD --no-frame-crc",
                "lz4 -B5 -BI -BX",
                "lz4 -B5 -BD",
                "lz4 -B6 -BD -9",
                "bzip2 -1",
                "bzip2 -9",
                "xz -0",
                "xz -9",
                "xz --check=none"
            })
    void whatItsOwnProgramWritesIsRead(String command) throws Exception {
        for (int length : new int[] {0, 1, 300_000, 5_000_000}) {
            byte[] content = TestData.content(length);
            Path file = Files.write(folder.resolve("content-" + length), content);
            Path compressed = folder.resolve("compressed");
            Files.write(compressed, run(List.of((command + " -c " + file).split(" "))));
            Compression compression = Compression.ofName(
                    switch (command.substring(0, command.indexOf(' '))) {
                        case "gzip" -> "x.gz";
                        case "zstd" -> "x.zst";
                        case "lz4" -> "x.lz4";
                        case "bzip2" -> "x.bz2";
                        default -> "x.xz";
                    });
            try (InputStream in = compression.decompress(Files.newInputStream(compressed))) {
                assertThat(in.readAllBytes())
                        .as("%s, %d bytes", command, length)
                        .isEqualTo(content);
            }
        }
    }

    private static byte[] run(List<String> command) throws Exception {
        Process process;
        try {
            process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
        } catch (IOException e) {
            assumeTrue(false, command.getFirst() + " is not installed");
            throw e;
        }
        byte[] output = process.getInputStream().readAllBytes();
        assertThat(process.waitFor()).as("exit code of %s", command).isZero();
        return output;
    }
}
