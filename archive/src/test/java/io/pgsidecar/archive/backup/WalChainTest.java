package io.pgsidecar.archive.backup;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.archive.backup.BackupFinding.Kind;
import io.pgsidecar.archive.wal.SegmentRange;
import io.pgsidecar.archive.wal.TimelineHistory;
import io.pgsidecar.archive.wal.TimelineHistory.Ancestor;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A backup in the segments 4 and 5 of timeline 1, and what is beside it. */
class WalChainTest {

    private static final long SIZE = 16 << 20;
    private static final Instant DAY = Instant.parse("2026-11-25T00:00:00Z");
    private static final TimelineHistory SECOND = new TimelineHistory(2, List.of(new Ancestor(1, at(12))));
    private static final TimelineHistory EARLY = new TimelineHistory(2, List.of(new Ancestor(1, at(3))));
    private static final TimelineHistory THIRD = new TimelineHistory(3, List.of(new Ancestor(1, at(8))));

    static Stream<Arguments> chains() {
        return Stream.of(
                Arguments.of("no gap", Map.of(), Map.of(1L, List.of(range(1, 1, 9))), "", 1, 9, true),
                Arguments.of(
                        "gap before", Map.of(), Map.of(1L, List.of(range(1, 1, 1), range(1, 4, 9))), "", 1, 9, true),
                Arguments.of(
                        "gap behind",
                        Map.of(),
                        Map.of(1L, List.of(range(1, 1, 6), range(1, 8, 9))),
                        "WAL_BEHIND",
                        1,
                        6,
                        true),
                Arguments.of(
                        "gap within",
                        Map.of(),
                        Map.of(1L, List.of(range(1, 1, 4), range(1, 6, 9))),
                        "WAL_MISSING",
                        0,
                        0,
                        false),
                Arguments.of("nothing", Map.of(), Map.of(), "WAL_MISSING", 0, 0, false),
                Arguments.of(
                        "over a switch",
                        Map.of(2L, SECOND),
                        Map.of(1L, List.of(range(1, 1, 11)), 2L, List.of(range(2, 12, 20))),
                        "",
                        2,
                        20,
                        true),
                Arguments.of(
                        "gap behind a switch",
                        Map.of(2L, SECOND),
                        Map.of(1L, List.of(range(1, 1, 11)), 2L, List.of(range(2, 12, 13), range(2, 15, 20))),
                        "WAL_BEHIND",
                        2,
                        13,
                        true),
                Arguments.of(
                        "gap before a switch",
                        Map.of(2L, SECOND),
                        Map.of(1L, List.of(range(1, 1, 9)), 2L, List.of(range(2, 12, 20))),
                        "WAL_BEHIND",
                        1,
                        9,
                        true),
                Arguments.of(
                        "latest timeline left before the backup",
                        Map.of(2L, EARLY),
                        Map.of(1L, List.of(range(1, 1, 9)), 2L, List.of(range(2, 3, 20))),
                        "WAL_BEHIND",
                        1,
                        9,
                        true),
                Arguments.of(
                        "a later one leads on, the one between not",
                        Map.of(2L, EARLY, 3L, THIRD),
                        Map.of(1L, List.of(range(1, 1, 9)), 2L, List.of(range(2, 3, 9)), 3L, List.of(range(3, 8, 30))),
                        "",
                        3,
                        30,
                        true));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("chains")
    void chainIsJudged(
            String what,
            Map<Long, TimelineHistory> histories,
            Map<Long, List<SegmentRange>> timelines,
            String finding,
            long timeline,
            long last,
            boolean leads) {
        Findings findings = new Findings();
        Optional<VerifyReport.Window> window = new WalChain(backup(), histories, timelines).judge(findings);
        assertThat(findings.kept())
                .extracting(BackupFinding::kind)
                .as(what)
                .isEqualTo(finding.isEmpty() ? List.of() : List.of(Kind.valueOf(finding)));
        assertThat(window.isPresent()).isEqualTo(leads);
        window.ifPresent(w -> assertThat(w.last()).hasToString("%08X%016X".formatted(timeline, last)));
        window.ifPresent(w -> assertThat(w.from()).isEqualTo(DAY.plusSeconds(30)));
    }

    private static long at(long segment) {
        return segment * SIZE + SIZE / 2;
    }

    private static SegmentRange range(long timeline, long first, long last) {
        return new SegmentRange(timeline, SIZE, first, last, 1, DAY, DAY);
    }

    private static BackupInfo backup() {
        return new BackupInfo(
                BackupId.at(DAY),
                BackupInfo.Status.DONE,
                170_002,
                42,
                1,
                SIZE,
                "/data",
                new BackupInfo.Point("", at(4), DAY),
                Optional.of(new BackupInfo.Point("", at(5), DAY.plusSeconds(30))),
                Optional.empty(),
                List.of(),
                Optional.empty(),
                true,
                Optional.empty(),
                Optional.empty());
    }
}
