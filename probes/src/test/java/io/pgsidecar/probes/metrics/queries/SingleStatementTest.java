package io.pgsidecar.probes.metrics.queries;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SingleStatementTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "SELECT 1|SELECT 1",
                "SELECT 1;|SELECT 1",
                "SELECT 1 ; ;; |SELECT 1",
                "SELECT ';'|SELECT ';'",
                "SELECT $$;$$|SELECT $$;$$",
                "SELECT $a$;$$;$a$|SELECT $a$;$$;$a$",
                "SELECT 1 /* ; */|SELECT 1 /* ; */",
                "SELECT \";\" FROM t|SELECT \";\" FROM t",
                "SELECT '{\"a\": 1}'::jsonb ? 'a'|SELECT '{\"a\": 1}'::jsonb ? 'a'",
                "SELECT 1; -- the end|SELECT 1",
                "SELECT 1; /* the end */ ;|SELECT 1",
            })
    void takesOne(String sql, String sent) {
        assertThat(SingleStatement.of(sql).strip()).isEqualTo(sent);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT 1; SELECT 2",
                "SELECT 1; COMMIT; DROP TABLE t",
                "SELECT 1; -- x\nCOMMIT",
                "SELECT '\\'; COMMIT; SELECT '",
                "SELECT $$;$$; COMMIT",
                "SELECT 1; /* a */ COMMIT /* b */",
                "",
                "  ",
                ";",
                "-- nothing",
            })
    void refusesMoreAndLess(String sql) {
        assertThatThrownBy(() -> SingleStatement.of(sql))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("must be ");
    }
}
