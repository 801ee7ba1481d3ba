package io.pgsidecar.archive.wal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgsidecar.archive.wal.TimelineHistory.Ancestor;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TimelineHistoryTest {

    @Test
    void readsWhatPostgresWrites() {
        assertThat(parse(4, """
                        1\t0/3000000\tno recovery target specified

                        3\tA/B0000098\tbefore 2026-01-02 03:04:05.678+00
                        """))
                .isEqualTo(
                        new TimelineHistory(4, List.of(new Ancestor(1, 0x3000000L), new Ancestor(3, 0xA_B000_0098L))));
    }

    @Test
    void skipsEmptyAndCommentLines() {
        assertThat(parse(2, "# a comment\n\n   # another\n \t\n  1 \t 0/0\n").ancestors())
                .containsExactly(new Ancestor(1, 0));
    }

    /** The reason has the name of a restore point in it, which a user may choose as they like. */
    @ParameterizedTest
    @ValueSource(strings = {"ü", "a\rb", "a\u0085b", "a\u2028b", "\t\t", "# no comment", "0/1"})
    void theReasonMayBeAnyText(String reason) {
        assertThat(parse(2, "1\t0/1\tat restore point \"" + reason + "\"\n").ancestors())
                .containsExactly(new Ancestor(1, 1));
    }

    @Test
    void theReasonNeedNotBeUtf8() {
        byte[] latin1 = "1\t0/1\tat restore point \"ä\"\n".getBytes(StandardCharsets.ISO_8859_1);
        assertThat(TimelineHistory.parse(2, latin1).ancestors()).hasSize(1);
    }

    @Test
    void addressesHaveThirtyTwoBitsOnEachSide() {
        assertThat(parse(0xFFFF_FFFFL, "4294967294\tFFFFFFFF/FFFFFFFF\n").ancestors())
                .containsExactly(new Ancestor(4_294_967_294L, -1L));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "no timeline | ''",
                "no timeline | '# only this'",
                "not \"timeline<tab>LSN<tab>reason\" | 'garbage'",
                "not \"timeline<tab>LSN<tab>reason\" | '1'",
                "not \"timeline<tab>LSN<tab>reason\" | '1\t0/'",
                "not \"timeline<tab>LSN<tab>reason\" | '1\t0-1'",
                "not \"timeline<tab>LSN<tab>reason\" | '1\t0/123456789'",
                "not \"timeline<tab>LSN<tab>reason\" | '-1\t0/1'",
                "not \"timeline<tab>LSN<tab>reason\" | '99999999999\t0/1'",
                "timeline 0 cannot | '0\t0/1'",
                "timeline 5 cannot | '5\t0/1'",
                "timeline 7 cannot | '7\t0/1'",
                "timeline 1 cannot | '2\t0/1;1\t0/2'",
                "timeline 2 cannot | '2\t0/1;2\t0/2'",
            })
    void refusesWhatIsNoHistoryOfTheTimeline(String why, String content) {
        assertThatThrownBy(() -> parse(5, content.replace(';', '\n')))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(why);
    }

    @Test
    void aCutHistoryIsRefusedWhereItCanBeSeen() {
        String whole = "1\t0/3000000\tno recovery target specified\n";
        for (int length = 0; length < "1\t0/3".length() - 1; length++) {
            String cut = whole.substring(0, length);
            assertThatThrownBy(() -> parse(2, cut)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void zerosOfATornFileAreRefused() {
        assertThatThrownBy(() -> TimelineHistory.parse(2, new byte[100])).isInstanceOf(IllegalArgumentException.class);
    }

    private static TimelineHistory parse(long timeline, String content) {
        return TimelineHistory.parse(timeline, content.getBytes(UTF_8));
    }
}
