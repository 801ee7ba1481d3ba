package io.pgsidecar.archive.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The offsets are those of servers of 14 to 18 that were started with these settings. */
class ControlFileTest {

    @ParameterizedTest
    @CsvSource({"1300, 288", "1700, 288", "1800, 292"})
    void settingsOfTheServerAreRead(int version, int checksum) {
        assertThat(ControlFile.parse(file(version, checksum)))
                .isEqualTo(new ControlFile(42, version, 123, 17, 19, 7, 77));
    }

    @Test
    void damageIsFound() {
        byte[] content = file(1800, 292);
        content[180]++;
        assertThatThrownBy(() -> ControlFile.parse(content)).hasMessageContaining("checksum");
    }

    @ParameterizedTest
    @ValueSource(ints = {1201, 1900, 0x1405_0000})
    void otherVersionIsRefused(int version) {
        assertThatThrownBy(() -> ControlFile.parse(file(version, 288))).hasMessageContaining("14 to 18");
    }

    @Test
    void truncatedFileIsRefused() {
        assertThatThrownBy(() -> ControlFile.parse(Arrays.copyOf(file(1300, 288), 290)))
                .hasMessageContaining("290 bytes");
    }

    /** One of PostgreSQL 17. */
    static byte[] file(long systemIdentifier) {
        return file(systemIdentifier, 6, 0);
    }

    /** One of PostgreSQL 17, of a server in a state, with its last checkpoint's address. */
    static byte[] file(long systemIdentifier, int state, long redo) {
        byte[] file = file(1700, 288);
        ByteBuffer.wrap(file)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(0, systemIdentifier)
                .putInt(16, state)
                .putLong(40, redo);
        return withChecksum(file, 288);
    }

    private static byte[] file(int version, int checksum) {
        ByteBuffer file = ByteBuffer.allocate(8192).order(ByteOrder.LITTLE_ENDIAN);
        file.putLong(0, 42).putInt(8, version);
        file.putInt(180, 123).putInt(184, 17).putInt(188, 19).putInt(192, 7).putInt(196, 77);
        return withChecksum(file.array(), checksum);
    }

    private static byte[] withChecksum(byte[] file, int checksum) {
        CRC32C crc = new CRC32C();
        crc.update(file, 0, checksum);
        ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putInt(checksum, (int) crc.getValue());
        return file;
    }
}
