package io.pgsidecar.agent.quickstart;

import io.pgsidecar.probes.postgres.PostgresServer;
import java.util.ArrayList;
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

    /**
     * A table that compares, for people.
     *
     * @param there what is to be
     * @param here what is; of the same tables
     */
    static List<List<String>> comparison(
            String thereName, List<TableContent> there, String hereName, List<TableContent> here) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("table", "rows: " + thereName, hereName, "md5 of all rows: " + thereName, hereName, ""));
        for (int i = 0; i < there.size(); i++) {
            rows.add(List.of(
                    there.get(i).table(),
                    Amounts.count(there.get(i).rows()),
                    Amounts.count(here.get(i).rows()),
                    there.get(i).md5(),
                    here.get(i).md5(),
                    there.get(i).equals(here.get(i)) ? "same" : "DIFFERENT"));
        }
        return rows;
    }

    private static TableContent read(PostgresServer server, String table) {
        String answer = server.query(
                "SELECT count(*) || ' ' || md5(coalesce(string_agg(md5(t::text), '' ORDER BY id), '')) FROM %s t"
                        .formatted(table));
        int space = answer.indexOf(' ');
        return new TableContent(table, Long.parseLong(answer.substring(0, space)), answer.substring(space + 1));
    }
}
