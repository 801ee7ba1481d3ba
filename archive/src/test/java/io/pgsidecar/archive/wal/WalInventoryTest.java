package io.pgsidecar.archive.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgsidecar.archive.repository.ObjectInfo;
import java.time.Instant;
import java.util.Iterator;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WalInventoryTest {

    @Test
    void segmentsBecomeRangesOverTheBorderOfALog() {
        WalInventory inventory = new Listing()
                .segments(1, 250, 260)
                .segments(1, 262, 262)
                .segments(2, 262, 600)
                .inventory();
        assertThat(inventory.timelines().keySet()).containsExactly(1L, 2L);
        List<SegmentRange> first = inventory.timelines().firstEntry().getValue();
        assertThat(first).hasSize(2);
        assertThat(first.getFirst().firstName()).hasToString("0000000100000000000000FA");
        assertThat(first.getFirst().lastName()).hasToString("000000010000000100000004");
        assertThat(first.getFirst().count()).isEqualTo(11);
        assertThat(first.getFirst().bytes()).isEqualTo(11_000);
        assertThat(first.getFirst().firstStored()).isEqualTo(Listing.minute(250));
        assertThat(first.getFirst().lastStored()).isEqualTo(Listing.minute(260));
        assertThat(first.getLast().firstName()).isEqualTo(first.getLast().lastName());
        assertThat(inventory.timelines().get(2L)).hasSize(1);
        assertThat(inventory.segments()).isEqualTo(12 + 339);
    }

    @Test
    void aNameInSeveralEncodingsIsOneSegmentAndADuplicate() {
        WalInventory inventory = new Listing()
                .segments(1, 1, 3)
                .segment(1, 2, "")
                .segment(1, 2, ".zst.age")
                .history(2, 1, 0x5000000)
                .object("main/wals/00000002.history.gz")
                .inventory();
        assertThat(inventory.segments()).isEqualTo(3);
        assertThat(inventory.timelines().get(1L)).hasSize(1);
        assertThat(inventory.duplicates().count()).isEqualTo(3);
        assertThat(inventory.duplicates().examples())
                .extracting(Object::toString)
                .containsExactlyInAnyOrder(
                        "main/wals/0000000100000000/000000010000000000000002.zst",
                        "main/wals/0000000100000000/000000010000000000000002.zst.age",
                        "main/wals/00000002.history.zst");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "main/wals/readme.txt",
                "main/wals/000000010000000000000002.zst",
                "main/wals/0000000100000001/000000010000000000000002.zst",
                "main/wals/0000000100000000/00000002.history",
                "main/wals/0000000100000000/000000010000000000000100.zst",
                "main/wals/0000000100000000/000000010000000000000002.zst.tmp",
                "main/wals/0000000000000000/000000000000000000000002"
            })
    void whatNoRecoveryFindsIsReportedAndCountsForNothing(String key) {
        WalInventory inventory = new Listing().object(key).segments(1, 1, 1).inventory();
        assertThat(inventory.unknown().examples()).extracting(Object::toString).containsExactly(key);
        assertThat(inventory.segments()).isEqualTo(1);
    }

    @Test
    void whatBarmanKeepsAmongTheSegmentsIsNoSegment() {
        WalInventory inventory = new Listing()
                .segments(1, 1, 2)
                .object("main/wals/0000000100000000/000000010000000000000001.00000028.backup")
                .object("main/wals/0000000100000000/000000010000000000000003.partial.zst")
                .inventory();
        assertThat(inventory.backupHistories().count()).isEqualTo(1);
        assertThat(inventory.partials().count()).isEqualTo(1);
        assertThat(inventory.unknown()).isEqualTo(StoredObjects.NONE);
        assertThat(inventory.segments()).isEqualTo(2);
    }

    @Test
    void knowsWhatItHas() {
        WalInventory inventory = new Listing()
                .segments(1, 5, 9)
                .segments(1, 11, 11)
                .segments(1, 20, 30)
                .inventory();
        for (long number = 0; number < 40; number++) {
            boolean stored = (number >= 5 && number <= 9) || number == 11 || (number >= 20 && number <= 30);
            assertThat(inventory.has(SegmentRange.name(1, number, Listing.SIZE)))
                    .as("number %d", number)
                    .isEqualTo(stored);
            assertThat(inventory.has(SegmentRange.name(2, number, Listing.SIZE)))
                    .isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1 << 20, 16 << 20, 1 << 30})
    void aSegmentHasTheSameNameThereAndBack(long size) {
        for (long number : new long[] {0, 1, (1L << 32) / size - 1, (1L << 32) / size, 1_000_003}) {
            assertThat(SegmentRange.number(SegmentRange.name(7, number, size), size))
                    .isEqualTo(number);
        }
    }

    @Test
    void aMillionSegmentsTakeNoMoreMemoryThanTheirRanges() {
        Iterator<ObjectInfo> million = LongStream.range(1, 1_000_001)
                .mapToObj(number -> {
                    String name = Listing.name(1, number);
                    return new ObjectInfo(Cluster.LAYOUT.segment(name.substring(0, 16), name), 1, Instant.EPOCH);
                })
                .iterator();
        WalInventory inventory = WalInventory.of(Listing.SIZE, million);
        assertThat(inventory.timelines().get(1L)).hasSize(1);
        assertThat(inventory.segments()).isEqualTo(1_000_000);
    }

    @Test
    void aListingThatIsNotSortedIsNotBelieved() {
        ObjectInfo second = new ObjectInfo(
                Cluster.LAYOUT.segment("0000000100000000", "000000010000000000000002"), 1, Instant.EPOCH);
        ObjectInfo first = new ObjectInfo(
                Cluster.LAYOUT.segment("0000000100000000", "000000010000000000000001"), 1, Instant.EPOCH);
        assertThatThrownBy(() ->
                        WalInventory.of(Listing.SIZE, List.of(second, first).iterator()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("is listed behind");
    }
}
