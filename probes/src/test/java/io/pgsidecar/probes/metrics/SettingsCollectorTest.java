package io.pgsidecar.probes.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsCollectorTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            shared_buffers             | 2048  | 8kB  | pg_settings_shared_buffers_bytes                | 16777216
            wal_segment_size           | 4     | 16MB | pg_settings_wal_segment_size_bytes              | 67108864
            max_wal_size               | 1024  | MB   | pg_settings_max_wal_size_bytes                  | 1073741824
            track_activity_query_size  | 1024  | B    | pg_settings_track_activity_query_size_bytes     | 1024
            deadlock_timeout           | 1000  | ms   | pg_settings_deadlock_timeout_seconds            | 1
            log_rotation_age           | 1440  | min  | pg_settings_log_rotation_age_seconds            | 86400
            checkpoint_timeout         | 300   | s    | pg_settings_checkpoint_timeout_seconds          | 300
            log_min_duration_statement | -1    | ms   | pg_settings_log_min_duration_statement_seconds  | -1
            max_connections            | 100   |      | pg_settings_max_connections                     | 100
            random_page_cost           | 1.1   |      | pg_settings_random_page_cost                    | 1.1
            fsync                      | on    |      | pg_settings_fsync                               | 1
            my.own-switch              | off   |      | pg_settings_my_own_switch                       | 0
            """)
    void aUnitIsConverted(String name, String setting, String unit, String metric, double value) {
        Family family = SettingsCollector.family(name, setting, unit == null ? "" : unit)
                .orElseThrow();
        assertThat(family.name()).isEqualTo(metric);
        assertThat(family.samples().getFirst().value()).isEqualTo(value);
    }

    @Test
    void whatIsNotUnderstoodIsLeftOut() {
        assertThat(SettingsCollector.family("a", "many", "")).isEmpty();
        assertThat(SettingsCollector.family("a", "1", "furlong")).isEmpty();
    }
}
