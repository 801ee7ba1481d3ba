package io.pgsidecar.agent.quickstart;

import io.pgsidecar.probes.postgres.PostgresServer;
import java.util.List;

/**
 * What is in a table.
 *
 * @param md5 of all rows, each as text, in the order of their keys
 */
record TableContent(String table, long rows, String md5) {

    /** The tables' contents; each is read by one query, so nobody may write meanwhile. */
    static List<TableContent> read(PostgresServer server, List<String> tables) {
        return tables.stream().map(table -> read(server, table)).toList();
    }

    private static TableContent read(PostgresServer server, String table) {
        String answer = server.query(
                "SELECT count(*) || ' ' || md5(coalesce(string_agg(md5(t::text), '' ORDER BY id), '')) FROM %s t"
                        .formatted(table));
        int space = answer.indexOf(' ');
        return new TableContent(table, Long.parseLong(answer.substring(0, space)), answer.substring(space + 1));
    }
}
