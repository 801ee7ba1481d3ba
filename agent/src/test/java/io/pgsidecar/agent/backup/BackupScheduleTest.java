package io.pgsidecar.agent.backup;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.agent.config.CronExpression;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BackupScheduleTest {

    private static BackupSchedule schedule(String cron, String zone) {
        return new BackupSchedule(CronExpression.of(cron), ZoneId.of(zone));
    }

    private static List<String> slots(BackupSchedule schedule, String from, int count) {
        List<String> slots = new ArrayList<>();
        Instant time = Instant.parse(from);
        for (int i = 0; i < count; i++) {
            time = schedule.next(time);
            slots.add(time.toString());
        }
        return slots;
    }

    @Test
    void aSlotIsOfItsTimeZone() {
        assertThat(slots(schedule("0 2 * * *", "Asia/Kolkata"), "2026-11-25T07:00:00Z", 2))
                .containsExactly("2026-11-25T20:30:00Z", "2026-11-26T20:30:00Z");
    }

    @Test
    void theNextSlotIsAfterTheOneOfNow() {
        BackupSchedule daily = schedule("0 2 * * *", "UTC");
        Instant slot = Instant.parse("2026-11-25T02:00:00Z");
        assertThat(daily.next(slot)).isEqualTo("2026-11-26T02:00:00Z");
        assertThat(daily.next(slot.minusMillis(1))).isEqualTo(slot);
        assertThat(daily.latest(slot)).isEqualTo(slot);
        assertThat(daily.latest(slot.minusMillis(1))).isEqualTo("2026-11-24T02:00:00Z");
    }

    @Test
    void whatTheClockSkipsInSpringComesLater() {
        assertThat(slots(schedule("30 2 * * *", "Europe/Vienna"), "2026-03-27T12:00:00Z", 3))
                .containsExactly("2026-03-28T01:30:00Z", "2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z");
        assertThat(slots(schedule("0 2,3 * * *", "Europe/Vienna"), "2026-03-28T12:00:00Z", 2))
                .as("two that are the same moment are one")
                .containsExactly("2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z");
    }

    @Test
    void whatTheClockShowsTwiceInAutumnComesOnce() {
        assertThat(slots(schedule("30 2 * * *", "Europe/Vienna"), "2026-10-24T12:00:00Z", 2))
                .containsExactly("2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z");
    }

    @Test
    void everyHourIsEveryHourInAutumnToo() {
        assertThat(slots(schedule("30 * * * *", "Europe/Vienna"), "2026-10-24T23:00:00Z", 4))
                .containsExactly(
                        "2026-10-24T23:30:00Z", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T02:30:00Z");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    */20 * * * *    | Europe/Vienna       | 2026-10-24T20:00:00Z
                    */20 * * * *    | Europe/Vienna       | 2026-03-28T20:00:00Z
                    */20 1-3 * * *  | Europe/Vienna       | 2026-10-24T20:00:00Z
                    */20 1-3 * * *  | Europe/Vienna       | 2026-03-28T20:00:00Z
                    0 */2 * * *     | Australia/Lord_Howe | 2026-04-04T00:00:00Z
                    15 2 * * *      | Antarctica/Troll    | 2026-03-28T00:00:00Z
                    0 0 * * *       | America/Santiago    | 2026-09-04T00:00:00Z
                    0 2 29 2 *      | UTC                 | 2024-02-27T00:00:00Z
                    0 2 1 * 1       | UTC                 | 2026-11-25T00:00:00Z
                    """)
    void backwardsThereAreTheSameSlotsAsForwards(String cron, String zone, String from) {
        BackupSchedule schedule = schedule(cron, zone);
        Instant time = schedule.next(Instant.parse(from));
        for (int i = 0; i < 40; i++) {
            Instant next = schedule.next(time);
            assertThat(next).isAfter(time);
            assertThat(schedule.latest(next)).isEqualTo(next);
            assertThat(schedule.latest(next.minusSeconds(1))).isEqualTo(time);
            time = next;
        }
    }

    @Test
    void onlyTheLatestMissedSlotIsMadeUp() {
        BackupSchedule hourly = schedule("0 * * * *", "UTC");
        Instant start = Instant.parse("2026-11-25T07:38:00Z");
        Instant slot = hourly.latest(start);
        assertThat(slot).isEqualTo("2026-11-25T07:00:00Z");
        Optional<Instant> older = Optional.of(slot.minus(Duration.ofDays(3)));
        assertThat(BackupSchedule.isDue(slot, start, older)).isTrue();
        assertThat(BackupSchedule.isDue(slot, start, Optional.of(slot.plusSeconds(5))))
                .isFalse();
        assertThat(BackupSchedule.isDue(slot, start, Optional.of(slot))).isFalse();
        assertThat(BackupSchedule.isDue(slot, start, Optional.of(slot.minusSeconds(1))))
                .isTrue();
    }

    @Test
    void withoutAnyBackupTheScheduleBeginsWithItsNextSlot() {
        Instant start = Instant.parse("2026-11-25T07:38:00Z");
        assertThat(BackupSchedule.isDue(start.minusSeconds(1), start, Optional.empty()))
                .isFalse();
        assertThat(BackupSchedule.isDue(start, start, Optional.empty())).isTrue();
    }
}
