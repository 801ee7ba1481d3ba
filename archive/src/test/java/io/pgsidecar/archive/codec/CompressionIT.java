package io.pgsidecar.archive.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Against each format's own program: what it wrote is read, and it reads what is written. */
class CompressionIT {

    private static final Map<Compression, String> PROGRAMS = Map.of(
            Compression.GZIP, "gzip",
            Compression.LZ4, "lz4",
            Compression.ZSTD, "zstd",
            Compression.BZIP2, "bzip2",
            Compression.XZ, "xz");

    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource(names = {"GZIP", "LZ4", "ZSTD", "BZIP2", "XZ"})
    void whatTheProgramWroteIsRead(Compression compression) throws Exception {
        for (int size : new int[] {0, 1, 65_536, 3_000_000}) {
            byte[] content = CompressedSamples.walLike(size);
            for (String level : List.of("-1", "-9")) {
                byte[] compressed = run(compression, content, level, "-c");
                assertThat(CompressedSamples.decompress(compression, compressed))
                        .as("%d bytes, %s", size, level)
                        .isEqualTo(content);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"GZIP", "LZ4", "ZSTD", "BZIP2", "XZ"})
    void whatTheProgramWroteInSeveralPartsIsRead(Compression compression) throws Exception {
        byte[] part = run(compression, CompressedSamples.walLike(300_000), "-c");
        byte[] twice = Arrays.copyOf(part, 2 * part.length);
        System.arraycopy(part, 0, twice, part.length, part.length);

        byte[] read = CompressedSamples.decompress(compression, twice);

        assertThat(read).hasSize(600_000).endsWith(CompressedSamples.walLike(300_000));
    }

    @ParameterizedTest
    @EnumSource(names = {"GZIP", "LZ4", "ZSTD"})
    void theProgramReadsWhatIsWritten(Compression compression) throws Exception {
        for (int size : new int[] {0, 1, 65_536, 3_000_000}) {
            byte[] content = CompressedSamples.walLike(size);
            for (int level : Stream.of(compression.minLevel(), compression.defaultLevel(), compression.maxLevel())
                    .distinct()
                    .toList()) {
                ByteArrayOutputStream sink = new ByteArrayOutputStream();
                try (OutputStream out = compression.compress(sink, level)) {
                    out.write(content);
                }
                assertThat(run(compression, sink.toByteArray(), "-d", "-c"))
                        .as("%d bytes, level %d", size, level)
                        .isEqualTo(content);
            }
        }
    }

    private byte[] run(Compression compression, byte[] input, String... arguments) throws Exception {
        String program = PROGRAMS.get(compression);
        Path in = Files.write(folder.resolve("in"), input);
        Path out = folder.resolve("out");
        List<String> command = new ArrayList<>(List.of(arguments));
        command.addFirst(program);
        Process process;
        try {
            process = new ProcessBuilder(command)
                    .redirectInput(in.toFile())
                    .redirectOutput(out.toFile())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
        } catch (IOException e) {
            assumeTrue(false, "this machine has no program " + program);
            throw e;
        }
        assertThat(process.waitFor()).as(String.join(" ", command)).isZero();
        return Files.readAllBytes(out);
    }
}
