package io.pgsidecar.archive.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgsidecar.archive.wal.WalException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DataDirectoryTest {

    @TempDir
    private Path folder;

    private Cluster cluster;
    private DataDirectory data;

    @BeforeEach
    void create() throws IOException {
        cluster = new Cluster(folder.toRealPath().resolve("data"), Cluster.OTHER_ID);
        data = cluster.data();
        cluster.write(Cluster.SEGMENT);
    }

    @Test
    void takesPathsRelativeOrAbsoluteInside() throws WalException {
        Path file = cluster.wal(Cluster.SEGMENT);
        for (String path : new String[] {"pg_wal/" + Cluster.SEGMENT, "./pg_wal/" + Cluster.SEGMENT, file.toString()}) {
            assertThat(data.source(path)).as(path).isEqualTo(file);
        }
        assertThat(data.destination("pg_wal/RECOVERYXLOG")).isEqualTo(cluster.wal("RECOVERYXLOG"));
        assertThat(data.destination("pg_wal/" + Cluster.SEGMENT)).isEqualTo(file);
        assertThat(data.destination(cluster.wal("RECOVERYXLOG").toString())).isEqualTo(cluster.wal("RECOVERYXLOG"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "..",
                "/",
                "../outside",
                "pg_wal/../../outside",
                "pg_wal/..",
                "/etc/passwd",
                "pg_wal/\0",
                "absent/file",
                "pg_wal/absent/file",
                "link/outside"
            })
    void refusesWhatIsOutsideOrNoPath(String path) throws IOException {
        Path outside = Files.createDirectory(folder.resolve("elsewhere"));
        Files.writeString(outside.resolve("outside"), "x");
        Files.writeString(folder.resolve("outside"), "x");
        Files.createSymbolicLink(cluster.root().resolve("link"), outside);
        assertRefused(() -> data.source(path));
        assertRefused(() -> data.destination(path));
    }

    @Test
    void refusesAFolderBesideWhoseNameBeginsTheSame() throws IOException {
        Path beside = Files.createDirectory(folder.resolve("data2"));
        Files.writeString(beside.resolve("file"), "x");
        assertRefused(() -> data.source(beside.resolve("file").toRealPath().toString()));
        assertRefused(() -> data.destination(beside.toRealPath().resolve("new").toString()));
    }

    @Test
    void refusesLinksAndFoldersInAFilesPlace() throws IOException {
        Path secret = Files.writeString(folder.resolve("secret"), "x");
        Files.createSymbolicLink(cluster.wal(Cluster.NEXT_SEGMENT), secret);
        Files.createSymbolicLink(cluster.wal("RECOVERYXLOG"), folder.resolve("new"));
        assertRefused(() -> data.source("pg_wal/" + Cluster.NEXT_SEGMENT));
        assertRefused(() -> data.destination("pg_wal/" + Cluster.NEXT_SEGMENT));
        assertRefused(() -> data.destination("pg_wal/RECOVERYXLOG"));
        assertRefused(() -> data.source("pg_wal/archive_status"));
        assertRefused(() -> data.destination("pg_wal/archive_status"));
        assertRefused(() -> data.source("pg_wal/absent"));
    }

    /** {@code initdb --waldir}. */
    @Test
    void theWalFolderItselfMayBeALinkOut() throws Exception {
        Path volume = Files.createDirectory(folder.toRealPath().resolve("wal-volume"));
        Cluster linked = new Cluster(folder.resolve("linked"), Cluster.ID);
        Files.delete(linked.wal("archive_status"));
        Files.delete(linked.root().resolve("pg_wal"));
        Files.createSymbolicLink(linked.root().resolve("pg_wal"), volume);
        linked.write(Cluster.SEGMENT);

        assertThat(linked.data().source("pg_wal/" + Cluster.SEGMENT)).isEqualTo(volume.resolve(Cluster.SEGMENT));
        assertThat(linked.data().destination("pg_wal/RECOVERYXLOG")).isEqualTo(volume.resolve("RECOVERYXLOG"));
        assertThat(linked.data().source(volume.resolve(Cluster.SEGMENT).toString()))
                .isEqualTo(volume.resolve(Cluster.SEGMENT));
        assertThat(linked.data().walSegmentSize()).isEqualTo(Cluster.SEGMENT_SIZE);
    }

    @Test
    void theDataDirectoryItselfMayBeReachedByALink() throws Exception {
        Path link = Files.createSymbolicLink(folder.resolve("link"), cluster.root());
        assertThat(new DataDirectory(link).source("pg_wal/" + Cluster.SEGMENT)).isEqualTo(cluster.wal(Cluster.SEGMENT));
        assertThat(new DataDirectory(link).source(cluster.wal(Cluster.SEGMENT).toString()))
                .isEqualTo(cluster.wal(Cluster.SEGMENT));
    }

    @Test
    void outsideOfTheWalFolderNothingIsOverwritten() throws Exception {
        assertThatThrownBy(() -> data.destination("global/pg_control"))
                .isInstanceOf(WalException.class)
                .hasMessageContaining("global/pg_control");
        assertRefused(() -> data.destination("pg_wal/archive_status/../../global/pg_control"));
        assertThat(data.destination("rewound")).isEqualTo(cluster.root().resolve("rewound"));
    }

    @Test
    void readsTheSystemIdentifierAtEachCall() throws Exception {
        assertThat(data.systemIdentifier()).isEqualTo(Cluster.OTHER_ID);
        new Cluster(cluster.root(), Cluster.ID);
        assertThat(data.systemIdentifier()).isEqualTo(Cluster.ID);
    }

    @Test
    void saysWhatIsWrongWithAControlFile() throws IOException {
        Path control = cluster.root().resolve("global/pg_control");
        Files.write(control, new byte[7]);
        assertFailed(data::systemIdentifier, "7 bytes");
        Files.write(control, new byte[8192]);
        assertFailed(data::systemIdentifier, "is 0");
        Files.delete(control);
        assertFailed(data::systemIdentifier, "no PostgreSQL cluster");
        Files.createDirectory(control);
        assertFailed(data::systemIdentifier, control.toString());
        assertFailed(new DataDirectory(folder.resolve("absent"))::systemIdentifier, "absent");
    }

    @Test
    void readsTheSegmentSizeOffASegmentAndNothingElse() throws Exception {
        Files.write(cluster.wal("000000010000000000000000"), new byte[10]);
        Files.write(cluster.wal("xxxxxxxxxxxxxxxxxxxxxxxx"), new byte[2 << 20]);
        assertThat(data.walSegmentSize()).isEqualTo(Cluster.SEGMENT_SIZE);
        Files.delete(cluster.wal(Cluster.SEGMENT));
        assertFailed(data::walSegmentSize, "no WAL segment");
    }

    private static void assertRefused(ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        WalException.class,
                        e -> assertThat(e.reason()).as(e.getMessage()).isEqualTo(Reason.BAD_REQUEST));
    }

    private static void assertFailed(ThrowingCallable call, String why) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        WalException.class, e -> assertThat(e.reason()).isEqualTo(Reason.FAILED))
                .hasMessageContaining(why);
    }
}
