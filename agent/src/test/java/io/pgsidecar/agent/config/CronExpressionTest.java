package io.pgsidecar.agent.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CronExpressionTest {

    private static final String BASE = """
            postgres:
              data: /pgdata
            repositories:
              main:
                path: /repository
            backup:
            """;

    @TempDir
    Path folder;

    // 25 November 2026 is a Wednesday.
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    0 2 * * *      | 2026-11-26T02:00
                    */15 * * * *   | 2026-11-25T07:45
                    0 2 * * 0      | 2026-11-29T02:00
                    0 2 * * 7      | 2026-11-29T02:00
                    0 2 * * SUN    | 2026-11-29T02:00
                    0 2 1 * *      | 2026-12-01T02:00
                    30 1 29 2 *    | 2028-02-29T01:30
                    0 2 1 * 5      | 2026-11-27T02:00
                    0 1,13 * * 1-5 | 2026-11-25T13:00
                    """)
    void itMeansWhatACrontabMeans(String text, LocalDateTime next) {
        assertThat(CronExpression.of(text).next(LocalDateTime.parse("2026-11-25T07:38")))
                .isEqualTo(next);
        assertThat(CronExpression.of(text).latest(next)).isEqualTo(next);
        assertThat(CronExpression.of(text).latest(next.plusSeconds(59))).isEqualTo(next);
        assertThat(CronExpression.of(text).latest(next.minusNanos(1))).isBefore(next);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "daily",
                "@daily",
                "0 2 * *",
                "0 0 2 * * *",
                "60 2 * * *",
                "0 24 * * *",
                "0 2 31 2 *",
                "0 2 ? * *"
            })
    void whatIsNoneIsRefused(String text) {
        assertThatThrownBy(() -> CronExpression.of(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void theErrorsNameTheKeyAndWhatWouldBeRight() throws Exception {
        String yaml = BASE + """
                  compression: gzip
                  compressionLevel: 10
                  parallel: 33
                  tarSize: 15MB
                  rateLimit: 0MB
                  checkpoint: slow
                  walTimeout: 25h
                  schedule: "0 0 2 * * *"
                  timeZone: Europe/Wien
                  immediate: perhaps
                  jitter: 61m
                """;
        assertThat(new TestConfig(folder).errors(yaml, Map.of()))
                .satisfiesExactlyInAnyOrder(
                        e -> assertThat(e).contains("backup.parallel", "must be a whole number from 1 to 32"),
                        e -> assertThat(e).contains("backup.tarSize", "from 16MB to 64GB"),
                        e -> assertThat(e).contains("backup.rateLimit", "from 1MB to 64GB"),
                        e -> assertThat(e).contains("backup.checkpoint", "must be fast or spread"),
                        e -> assertThat(e).contains("backup.walTimeout", "from 1s to 24h"),
                        e -> assertThat(e)
                                .contains(
                                        "backup.schedule",
                                        "must be five fields as in crontab: minute, hour, day of month, month and day of week"),
                        e -> assertThat(e).contains("backup.timeZone", "must be a time zone such as UTC"),
                        e -> assertThat(e).contains("backup.immediate", "must be true or false"),
                        e -> assertThat(e).contains("backup.jitter", "from 0s to 1h"));
        assertThat(new TestConfig(folder).errors(BASE + """
                  compression: gzip
                  compressionLevel: 10
                """, Map.of()))
                .singleElement()
                .satisfies(e -> assertThat(e).contains("backup.compressionLevel", "must be from 1 to 9 for gzip"));
    }

    @Test
    void aScheduleIsTakenAsItIsWritten() throws Exception {
        AgentConfig.Backup backup =
                new TestConfig(folder).load(BASE + """
                          schedule: "30 1 * * 0"
                          timeZone: Europe/Vienna
                        """, Map.of()).config().backup();
        assertThat(backup.schedule()).hasValueSatisfying(it -> assertThat(it).hasToString("30 1 * * 0"));
        assertThat(backup.timeZone()).hasToString("Europe/Vienna");
    }
}
