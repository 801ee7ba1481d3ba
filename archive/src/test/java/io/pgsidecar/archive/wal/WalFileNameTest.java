package io.pgsidecar.archive.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgsidecar.archive.wal.WalFileName.Kind;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WalFileNameTest {

    @ParameterizedTest
    @CsvSource({
        "000000010000000000000001, SEGMENT, 1, true",
        "0000000B0000000000000001.partial, PARTIAL, 11, true",
        "FFFFFFFF.history, HISTORY, 4294967295, false",
        "000000010000000000000001.00000028.backup, BACKUP, 1, false",
    })
    void knowsTheFourKinds(String name, Kind kind, long timeline, boolean holdsWal) {
        WalFileName file = WalFileName.parse(name);
        assertThat(file)
                .hasToString(name)
                .isEqualTo(WalFileName.parse(name))
                .hasSameHashCodeAs(WalFileName.parse(name));
        assertThat(file.kind()).isEqualTo(kind);
        assertThat(file.timeline()).isEqualTo(timeline);
        assertThat(file.holdsWal()).isEqualTo(holdsWal);
        assertThat(file.segment().isPresent()).isEqualTo(kind != Kind.HISTORY);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "RECOVERYXLOG",
                "archive_status",
                "0000000G.history",
                "00000000.history",
                "0000002.history",
                "00000002.History",
                "00000002.history.zst",
                "00000002.history.tmp",
                "../00000002.history",
                "000000000000000000000001",
                "000000000000000000000001.partial",
                "000000010000000000000001.",
                "000000010000000000000001.zst",
                "000000010000000000000001.partial.gz",
                "000000010000000000000001.backup",
                "000000010000000000000001.0000002.backup",
                "000000010000000000000001.00000028.backup.gz",
                "00000001000000000000000a",
                "000000010000000000000001\n",
                "pg_wal/000000010000000000000001",
                "000000010000000000000001/..",
                "xlogtemp.123"
            })
    void refusesWhatPostgresDoesNotArchive(String name) {
        assertThatThrownBy(() -> WalFileName.parse(name))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageMatching("(?s).*(not a name that PostgreSQL archives|WAL segment).*");
    }
}
