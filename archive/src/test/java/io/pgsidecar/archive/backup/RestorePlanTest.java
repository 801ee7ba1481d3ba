package io.pgsidecar.archive.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.pgsidecar.archive.backup.RecoveryTarget.Action;
import io.pgsidecar.archive.backup.RecoveryTarget.Stop;
import io.pgsidecar.archive.wal.SegmentRange;
import io.pgsidecar.archive.wal.TimelineHistory;
import io.pgsidecar.archive.wal.TimelineHistory.Ancestor;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Timeline 1 has the segments 1 to 20. Timeline 2 left it in segment 12 and has 12 to 30, timeline 3 left that in
 * segment 25 and has 25 to 40; timeline 4 left timeline 1 in segment 6 and has 6 to 9. The backup of second n is on
 * timeline 1 in the segments n and n + 1, that of 50 + n on timeline 2, that of 100 + n on timeline 3. Each has ended
 * half a minute later.
 */
class RestorePlanTest {

    private static final long SIZE = 16 << 20;
    private static final Instant DAY = Instant.parse("2026-11-25T00:00:00Z");

    private static final Map<Long, TimelineHistory> HISTORIES = Map.of(
            2L, new TimelineHistory(2, List.of(new Ancestor(1, at(12)))),
            3L, new TimelineHistory(3, List.of(new Ancestor(1, at(12)), new Ancestor(2, at(25)))),
            4L, new TimelineHistory(4, List.of(new Ancestor(1, at(6)))));

    private static final Map<Long, List<SegmentRange>> WAL = Map.of(
            1L, List.of(range(1, 1, 20)),
            2L, List.of(range(2, 12, 30)),
            3L, List.of(range(3, 25, 40)),
            4L, List.of(range(4, 6, 9)));

    private static final List<BackupInfo> BACKUPS =
            List.of(backup(1, 2, 2), backup(1, 9, 9), backup(1, 15, 15), backup(2, 14, 64), backup(3, 30, 130));

    static Stream<Arguments> choices() {
        return Stream.of(
                // The newest, on its own timeline; there is a timeline 4, which did not come of it.
                Arguments.of(new Stop.Immediate(), "3", 130, 3, "00000003000000000000001E", "00000003000000000000001F"),
                Arguments.of(new Stop.Latest(), "3", 130, 3, "00000003000000000000001E", "000000030000000000000028"),
                Arguments.of(new Stop.Latest(), "2", 64, 2, "00000002000000000000000E", "00000002000000000000001E"),
                // Backup 15 is on timeline 1 behind the point at which 2 left it.
                Arguments.of(new Stop.Latest(), "1", 15, 1, "00000001000000000000000F", "000000010000000000000014"),
                Arguments.of(new Stop.Latest(), "4", 2, 4, "000000010000000000000002", "000000040000000000000009"),
                Arguments.of(
                        new Stop.Xid(7), "current", 130, 3, "00000003000000000000001E", "00000003000000000000001F"),
                Arguments.of(new Stop.Name("x"), "2", 64, 2, "00000002000000000000000E", "00000002000000000000000F"),
                // By time: the newest that has ended by then and is on the way.
                Arguments.of(time(129), "3", 64, 3, "00000002000000000000000E", "00000002000000000000000F"),
                Arguments.of(time(60), "3", 9, 3, "000000010000000000000009", "00000001000000000000000A"),
                Arguments.of(time(160), "3", 130, 3, "00000003000000000000001E", "00000003000000000000001F"),
                Arguments.of(time(9 + 30), "3", 9, 3, "000000010000000000000009", "00000001000000000000000A"),
                Arguments.of(time(9 + 29), "3", 2, 3, "000000010000000000000002", "000000010000000000000003"),
                // By LSN, over two switches.
                Arguments.of(lsn(28), "3", 64, 3, "00000002000000000000000E", "00000003000000000000001C"),
                Arguments.of(lsn(13), "3", 9, 3, "000000010000000000000009", "00000002000000000000000D"),
                Arguments.of(lsn(12), "1", 9, 1, "000000010000000000000009", "00000001000000000000000C"));
    }

    @ParameterizedTest
    @MethodSource("choices")
    void newestBackupOnTheWayIsChosen(Stop stop, String timeline, int second, long ends, String first, String last)
            throws Exception {
        RestorePlan plan = plan(stop, timeline, Optional.empty());
        assertThat(plan.backup().id()).isEqualTo(id(second));
        assertThat(plan.timeline()).isEqualTo(ends);
        assertThat(plan.firstSegment()).hasToString(first);
        assertThat(plan.lastSegment()).hasToString(last);
    }

    static Stream<Arguments> refusals() {
        return Stream.of(
                Arguments.of(time(1), "3", 0, "after"),
                Arguments.of(lsn(2), "3", 0, "behind 0/2"),
                Arguments.of(new Stop.Latest(), "7", 0, "history of timeline 7"),
                Arguments.of(new Stop.Latest(), "4", 64, "did not come"),
                Arguments.of(new Stop.Latest(), "2", 15, "left timeline 1 before"),
                Arguments.of(new Stop.Latest(), "4", 9, "left timeline 1 before"),
                Arguments.of(new Stop.Latest(), "3", 77, "there is no backup"));
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void targetThatNoBackupLeadsToIsRefused(Stop stop, String timeline, int second, String message) {
        assertThatThrownBy(() -> plan(stop, timeline, second == 0 ? Optional.empty() : Optional.of(id(second))))
                .asInstanceOf(type(BackupException.class))
                .satisfies(e -> assertThat(e.reason()).isEqualTo(BackupException.Reason.BAD_REQUEST))
                .satisfies(e -> assertThat(e.getMessage()).contains(message));
    }

    static Stream<Arguments> gaps() {
        return Stream.of(
                // Within the backup, on the way to the LSN, at the end, behind the target, on the new timeline.
                Arguments.of(
                        new Stop.Immediate(),
                        9,
                        List.of(range(1, 1, 8), range(1, 10, 20)),
                        "segment 000000010000000000000009"),
                Arguments.of(
                        lsn(17),
                        9,
                        List.of(range(1, 1, 11), range(1, 15, 20)),
                        "00000001000000000000000C to 00000001000000000000000E"),
                Arguments.of(
                        lsn(22), 9, List.of(range(1, 1, 20)), "000000010000000000000015 to 000000010000000000000016"),
                Arguments.of(
                        new Stop.Latest(),
                        9,
                        List.of(range(1, 1, 12), range(1, 15, 20)),
                        "00000001000000000000000D to 00000001000000000000000E"),
                Arguments.of(
                        new Stop.Immediate(), 9, List.of(), "000000010000000000000009 to 00000001000000000000000A"));
    }

    @ParameterizedTest
    @MethodSource("gaps")
    void missingWalIsNamed(Stop stop, int second, List<SegmentRange> segments, String message) {
        assertThatThrownBy(() -> RestorePlan.of(
                        BACKUPS, Map.of(), Map.of(1L, segments), target(stop, "1"), Optional.of(id(second))))
                .asInstanceOf(type(BackupException.class))
                .satisfies(e -> assertThat(e.reason()).isEqualTo(BackupException.Reason.WAL_MISSING))
                .satisfies(e -> assertThat(e.getMessage()).contains(message));
    }

    @Test
    void gapBehindTheTargetDoesNotMatter() throws Exception {
        RestorePlan plan = RestorePlan.of(
                BACKUPS,
                Map.of(),
                Map.of(1L, List.of(range(1, 1, 12), range(1, 15, 20))),
                target(lsn(12), "1"),
                Optional.of(id(9)));
        assertThat(plan.lastSegment()).hasToString("00000001000000000000000C");
    }

    @Test
    void oldTimelinesPartialSegmentIsNotNeeded() throws Exception {
        RestorePlan plan = RestorePlan.of(
                BACKUPS,
                HISTORIES,
                Map.of(1L, List.of(range(1, 1, 11)), 2L, List.of(range(2, 12, 13))),
                target(new Stop.Latest(), "2"),
                Optional.of(id(9)));
        assertThat(plan.lastSegment()).hasToString("00000002000000000000000D");
    }

    @Test
    void walThatEndsBeforeTheSwitchIsMissing() {
        assertThatThrownBy(() -> RestorePlan.of(
                        BACKUPS,
                        HISTORIES,
                        Map.of(1L, List.of(range(1, 1, 10)), 2L, List.of(range(2, 12, 13))),
                        target(new Stop.Latest(), "2"),
                        Optional.of(id(9))))
                .hasMessageContaining("00000001000000000000000B");
    }

    @Test
    void latestTimelineIsTheLastOfARowWithoutAGap() throws Exception {
        Map<Long, TimelineHistory> histories = Map.of(2L, new TimelineHistory(2, List.of(new Ancestor(1, at(12)))));
        RestorePlan plan =
                RestorePlan.of(BACKUPS, histories, WAL, target(new Stop.Latest(), "latest"), Optional.of(id(9)));
        assertThat(plan.timeline()).isEqualTo(2);
    }

    private static RestorePlan plan(Stop stop, String timeline, Optional<BackupId> chosen) throws BackupException {
        return RestorePlan.of(BACKUPS, HISTORIES, WAL, target(stop, timeline), chosen);
    }

    private static RecoveryTarget target(Stop stop, String timeline) {
        return new RecoveryTarget(stop, true, new TargetTimeline(timeline), Action.PAUSE);
    }

    private static Stop time(int second) {
        return new Stop.Time(DAY.plusSeconds(second));
    }

    private static Stop lsn(long segment) {
        return new Stop.Lsn(at(segment));
    }

    /** In the middle of a segment. */
    private static long at(long segment) {
        return segment * SIZE + SIZE / 2;
    }

    private static SegmentRange range(long timeline, long first, long last) {
        return new SegmentRange(timeline, SIZE, first, last, 1, DAY, DAY);
    }

    private static BackupId id(int second) {
        return BackupId.at(DAY.plusSeconds(second));
    }

    private static BackupInfo backup(long timeline, long segment, int second) {
        Instant begun = DAY.plusSeconds(second);
        return new BackupInfo(
                id(second),
                BackupInfo.Status.DONE,
                170_002,
                42,
                timeline,
                SIZE,
                "/data",
                new BackupInfo.Point("", segment * SIZE + 40, begun),
                Optional.of(new BackupInfo.Point("", (segment + 1) * SIZE + 40, begun.plusSeconds(30))),
                Optional.empty(),
                List.of(),
                Optional.empty(),
                true,
                Optional.empty(),
                Optional.empty());
    }
}
