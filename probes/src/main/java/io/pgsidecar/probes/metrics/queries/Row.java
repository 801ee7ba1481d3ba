package io.pgsidecar.probes.metrics.queries;

import io.pgsidecar.probes.metrics.queries.Cell.Flag;
import io.pgsidecar.probes.metrics.queries.Cell.Nothing;
import io.pgsidecar.probes.metrics.queries.Cell.Numbers;
import io.pgsidecar.probes.metrics.queries.Cell.Span;
import io.pgsidecar.probes.metrics.queries.Cell.Text;
import io.pgsidecar.probes.metrics.queries.Cell.Time;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.postgresql.util.PGInterval;

/** Reads rows, by the names of their columns: their order is nothing that anybody has promised. */
final class Row {

    private Row() {}

    /** The row that is at hand. Of two columns of one name the last one counts. */
    static Map<String, Cell> read(ResultSet rows) throws SQLException {
        ResultSetMetaData columns = rows.getMetaData();
        Map<String, Cell> cells = new LinkedHashMap<>();
        for (int i = 1; i <= columns.getColumnCount(); i++) {
            cells.put(columns.getColumnLabel(i), cell(rows, i, columns.getColumnTypeName(i)));
        }
        return cells;
    }

    private static Cell cell(ResultSet rows, int i, String type) throws SQLException {
        if (rows.getObject(i) == null) {
            return new Nothing();
        }
        return switch (type) {
            case "bool" -> new Flag(rows.getBoolean(i));
            case "timestamptz" -> time(rows.getObject(i, OffsetDateTime.class));
            // Without a zone of its own it is taken for UTC's, as in the originals.
            case "timestamp" -> time(rows.getObject(i, LocalDateTime.class).atOffset(ZoneOffset.UTC));
            case "date" ->
                time(rows.getObject(i, LocalDate.class).atStartOfDay().atOffset(ZoneOffset.UTC));
            case "interval" -> span(rows.getObject(i, PGInterval.class));
            default -> type.startsWith("_") ? array(rows.getArray(i)) : new Text(rows.getString(i));
        };
    }

    /** The driver gives the highest and the lowest time for {@code infinity}. */
    private static Cell time(OffsetDateTime time) {
        if (time.getYear() > 999_999) {
            return new Time(Double.POSITIVE_INFINITY);
        }
        if (time.getYear() < -999_999) {
            return new Time(Double.NEGATIVE_INFINITY);
        }
        return new Time(time.toEpochSecond() + time.getNano() / 1e9);
    }

    /** A year and a month have as many seconds as PostgreSQL's {@code EXTRACT(EPOCH …)} says. */
    private static Cell span(PGInterval i) {
        double days = i.getYears() * 365.25 + i.getMonths() * 30.0 + i.getDays();
        return new Span(((days * 24 + i.getHours()) * 60 + i.getMinutes()) * 60 + i.getSeconds());
    }

    private static Cell array(Array array) throws SQLException {
        if (!(array.getArray() instanceof Object[] elements)) {
            return new Text(array.toString());
        }
        List<Double> numbers = new ArrayList<>();
        for (Object element : elements) {
            if (!(element instanceof Number number)) {
                return new Text(array.toString());
            }
            numbers.add(number.doubleValue());
        }
        return new Numbers(numbers);
    }
}
