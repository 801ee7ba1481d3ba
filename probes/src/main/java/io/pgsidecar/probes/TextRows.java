package io.pgsidecar.probes;

import java.sql.Array;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.postgresql.replication.LogSequenceNumber;

/** Rows that came as one value, an array of arrays of text: several lists in one round trip. */
final class TextRows {

    private TextRows() {}

    static @Nullable String[][] of(@Nullable Array array) throws SQLException {
        if (array == null) {
            return new @Nullable String[0][];
        }
        // An array without elements has one dimension only.
        return array.getArray() instanceof @Nullable String[][] rows ? rows : new @Nullable String[0][];
    }

    static String text(@Nullable String text) {
        return text == null ? "" : text;
    }

    static boolean bool(@Nullable String text) {
        return text != null && text.startsWith("t");
    }

    static @Nullable Long number(@Nullable String text) {
        return text == null ? null : (Long) Long.parseLong(text);
    }

    static @Nullable LogSequenceNumber lsn(@Nullable String text) {
        return text == null ? null : LogSequenceNumber.valueOf(text);
    }
}
