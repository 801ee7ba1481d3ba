package io.pgsidecar.archive.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgsidecar.archive.codec.Compression;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BackupInfoFileTest {

    private static final BackupId ID = new BackupId("20261123T101500");

    /** As barman-cloud-backup writes it. */
    private static final String BARMANS = """
            backup_label='START WAL LOCATION: 0/6000028 (file 000000010000000000000006)\\nCHECKPOINT LOCATION: 0/6000060\\n'
            begin_offset=40
            begin_time=2026-11-23 10:15:00.123456+00:00
            begin_wal=000000010000000000000006
            begin_xlog=0/6000028
            children_backup_ids=None
            cluster_size=31415926
            compression=None
            config_file=/pg/postgresql.conf
            copy_stats={'total_time': 61.2, 'number_of_workers': 2}
            data_checksums=on
            deduplicated_size=None
            end_offset=312
            end_time=2026-11-23 12:16:00.654321+02:00
            end_wal=000000010000000000000006
            end_xlog=0/6000138
            error=None
            included_files=['/pg/custom.conf']
            pgdata=/var/lib/postgresql/data/pgdata
            server_name=cloud
            status=DONE
            summarize_wal=off
            systemid=7412345678901234567
            tablespaces=[('tbs1', 16387, '/spaces/tbs1/data'), ("o'clock", 16388, '/x\\u00e4')]
            timeline=1
            version=170002
            xlog_segment_size=16777216
            a_key_of_some_later_release=42
            """;

    private static final BackupInfo INFO = new BackupInfo(
            ID,
            BackupInfo.Status.DONE,
            170002,
            7412345678901234567L,
            1,
            16 << 20,
            "/var/lib/postgresql/data/pgdata",
            new BackupInfo.Point("000000010000000000000006", 0x6000028, Instant.parse("2026-11-23T10:15:00.123456Z")),
            Optional.of(new BackupInfo.Point(
                    "000000010000000000000006", 0x6000138, Instant.parse("2026-11-23T10:16:00.654321Z"))),
            Optional.of(
                    "START WAL LOCATION: 0/6000028 (file 000000010000000000000006)\nCHECKPOINT LOCATION: 0/6000060\n"),
            List.of(new Tablespace(16387, "tbs1", "/spaces/tbs1/data"), new Tablespace(16388, "o'clock", "/xä")),
            Optional.of(Compression.NONE),
            true,
            Optional.of(31415926L),
            Optional.empty());

    @Test
    void readsBarmans() {
        assertThat(BackupInfoFile.read(ID, BARMANS)).isEqualTo(INFO);
    }

    @Test
    void readsWhatItWrites() {
        assertThat(BackupInfoFile.read(ID, BackupInfoFile.write(INFO))).isEqualTo(INFO);
    }

    @Test
    void theKeysAreSortedAndTheOldOnesOnly() {
        List<String> lines = BackupInfoFile.write(INFO).lines().toList();
        List<String> keys = lines.stream()
                .filter(line -> !line.startsWith("#"))
                .map(line -> line.substring(0, line.indexOf('=')))
                .toList();
        assertThat(keys)
                .isSorted()
                .containsExactly(
                        "backup_label",
                        "begin_offset",
                        "begin_time",
                        "begin_wal",
                        "begin_xlog",
                        "compression",
                        "config_file",
                        "copy_stats",
                        "deduplicated_size",
                        "end_offset",
                        "end_time",
                        "end_wal",
                        "end_xlog",
                        "error",
                        "hba_file",
                        "ident_file",
                        "included_files",
                        "mode",
                        "pgdata",
                        "server_name",
                        "size",
                        "status",
                        "systemid",
                        "tablespaces",
                        "timeline",
                        "version",
                        "xlog_segment_size");
        assertThat(lines)
                .contains(
                        "begin_offset=40",
                        "begin_time=2026-11-23 10:15:00.123456+00:00",
                        "end_xlog=0/6000138",
                        "tablespaces=[('tbs1', 16387, '/spaces/tbs1/data'), ('o\\'clock', 16388, '/xä')]");
    }

    @Test
    void anUnfinishedOneHasNoEnd() {
        String text = BARMANS.replaceAll("(?m)^end_(.*)=.*$", "end_$1=None").replace("status=DONE", "status=STARTED");
        BackupInfo info = BackupInfoFile.read(ID, text);
        assertThat(info.end()).isEmpty();
        assertThat(info.isComplete()).isFalse();
    }

    @Test
    void aTimeWithoutOffsetIsUtc() {
        String text = BARMANS.replace("10:15:00.123456+00:00", "10:15:00");
        assertThat(BackupInfoFile.read(ID, text).begin().time()).isEqualTo(Instant.parse("2026-11-23T10:15:00Z"));
    }

    @Test
    void whatIsWrongIsNamed() {
        assertThatThrownBy(() -> BackupInfoFile.read(ID, BARMANS.replace("begin_xlog=0/6000028", "begin_xlog=nowhere")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("begin_xlog=nowhere");
        assertThatThrownBy(() -> BackupInfoFile.read(ID, BARMANS.replaceAll("(?m)^timeline=.*$", "")))
                .hasMessage("backup.info has no timeline");
        assertThatThrownBy(() -> BackupInfoFile.read(ID, BARMANS.replace("[('tbs1', 16387", "[('tbs1', x")))
                .hasMessageContaining("not a literal of Python");
    }
}
