package io.pgsidecar.agent.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.archive.backup.BackupId;
import io.pgsidecar.archive.backup.CatalogEntry;
import io.pgsidecar.archive.repository.ObjectInfo;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.wal.StoredObjects;
import io.pgsidecar.archive.wal.WalInventory;
import io.pgsidecar.archive.wal.WalSegmentName;
import io.pgsidecar.archive.wal.WalSurvey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class RepositoryHistoryTest {

    private static final long SIZE = 16 << 20;
    private static final Instant BEGIN = Instant.parse("2026-11-25T00:00:00Z");

    @Test
    void rangesAndGapsHaveTheTimesOfTheStore() {
        RepositoryHistory history =
                RepositoryHistory.of(List.of(), Set.of(), Optional.of(survey(List.of(3L, 4L, 5L, 8L, 9L))));
        assertThat(history.wal())
                .containsExactly(
                        new RepositoryHistory.Range(
                                1,
                                "000000010000000000000003",
                                "000000010000000000000005",
                                3,
                                BEGIN.plusSeconds(3),
                                BEGIN.plusSeconds(5)),
                        new RepositoryHistory.Range(
                                1,
                                "000000010000000000000008",
                                "000000010000000000000009",
                                2,
                                BEGIN.plusSeconds(8),
                                BEGIN.plusSeconds(9)));
        assertThat(history.gaps())
                .containsExactly(new RepositoryHistory.Gap(
                        1,
                        "000000010000000000000006",
                        "000000010000000000000007",
                        2,
                        Optional.of(BEGIN.plusSeconds(5)),
                        Optional.of(BEGIN.plusSeconds(8))));
    }

    @Test
    void howeverMuchThereIsOnlyTheNewestIsKept() {
        List<CatalogEntry> backups = new ArrayList<>();
        for (int i = 0; i < 1500; i++) {
            backups.add(new CatalogEntry(
                    BackupId.at(BEGIN.plusSeconds(i)),
                    CatalogEntry.State.FAILED,
                    Optional.empty(),
                    1,
                    false,
                    Optional.of("x".repeat(10_000))));
        }
        List<Long> holes = new ArrayList<>();
        for (long i = 1; i < 4000; i += 2) {
            holes.add(i);
        }
        RepositoryHistory history = RepositoryHistory.of(backups, Set.of(), Optional.of(survey(holes)));
        assertThat(history.backups()).hasSize(RepositoryHistory.MOST);
        assertThat(history.olderBackups()).isEqualTo(500);
        assertThat(history.backups().getFirst().begun()).isEqualTo(BEGIN.plusSeconds(1499));
        assertThat(history.backups().getFirst().failure().orElseThrow()).hasSizeLessThan(600);
        assertThat(history.wal()).hasSize(RepositoryHistory.MOST);
        assertThat(history.wal().getLast().to()).isEqualTo(BEGIN.plusSeconds(3999));
        assertThat(history.gaps()).hasSize(RepositoryHistory.MOST);
    }

    /** Each segment was stored as many seconds after the beginning as its number says. */
    private static WalSurvey survey(List<Long> segments) {
        List<ObjectInfo> objects = segments.stream()
                .map(number -> {
                    WalSegmentName name = new WalSegmentName(1, number / 256, number % 256);
                    return new ObjectInfo(
                            ObjectKey.of("main/wals/" + name.folder() + "/" + name), 100, BEGIN.plusSeconds(number));
                })
                .toList();
        return new WalSurvey(
                7,
                WalInventory.of(SIZE, objects.iterator()),
                Collections.emptyNavigableMap(),
                new TreeMap<>(),
                StoredObjects.NONE,
                StoredObjects.NONE);
    }
}
