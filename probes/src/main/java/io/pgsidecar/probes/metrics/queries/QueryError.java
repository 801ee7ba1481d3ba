package io.pgsidecar.probes.metrics.queries;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** What an error says to who wrote the query. */
final class QueryError {

    private QueryError() {}

    /** One line, with the line of the query that the server means, and what to do about the usual ones. */
    static String text(Exception e, String query) {
        if (!(e instanceof SQLException sql)) {
            return String.valueOf(e.getMessage());
        }
        if (String.valueOf(e.getMessage()).contains("maxResultBuffer")) {
            return "the answer is larger than an answer may be: aggregate, or take the top";
        }
        ServerErrorMessage server = e instanceof PSQLException psql ? psql.getServerErrorMessage() : null;
        String message = server == null ? firstLine(e.getMessage()) : server.getMessage() + line(server, query);
        return message + advice(sql.getSQLState());
    }

    private static String line(ServerErrorMessage server, String query) {
        int position = Math.min(server.getPosition(), query.codePointCount(0, query.length()));
        if (position <= 0) {
            return "";
        }
        String before = query.substring(0, query.offsetByCodePoints(0, position - 1));
        return " (line %d of the query)"
                .formatted(1 + before.chars().filter(c -> c == '\n').count());
    }

    private static String advice(@Nullable String state) {
        return switch (state == null ? "" : state) {
            case "42P01", "42883", "3F000" ->
                "; only pg_catalog and public are searched: write the schema before other names";
            case "42501" -> "; grant the agent's role what the query needs";
            case "25006" -> "; a custom query can only read";
            case "02000" -> "; a custom query must return rows";
            case "55P03" -> "; a custom query waits a second for a lock";
            case "57014" -> "; a custom query must end within metrics.timeout";
            default -> "";
        };
    }

    private static String firstLine(@Nullable String message) {
        return message == null ? "no message" : message.lines().findFirst().orElse("");
    }
}
