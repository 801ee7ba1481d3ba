package io.pgsidecar.agent.metrics;

import io.vertx.core.http.HttpConnection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The connections of a server, so many at most. A further one takes the place of the one that has asked nothing for the
 * longest time, so that whoever connects and stays silent is in nobody's way. For the event loop's thread only.
 */
final class Connections {

    private final int most;
    /** How many answers are under way on each; what was used last comes last. */
    private final Map<HttpConnection, Integer> open = new LinkedHashMap<>();

    Connections(int most) {
        this.most = most;
    }

    /** Takes one in, or closes it if all others are being answered. */
    void add(HttpConnection connection) {
        if (open.size() >= most && !closeIdle()) {
            HardClose.of(connection);
            return;
        }
        open.put(connection, 0);
        connection.closeHandler(closed -> open.remove(connection));
    }

    private boolean closeIdle() {
        for (Iterator<Map.Entry<HttpConnection, Integer>> each = open.entrySet().iterator(); each.hasNext(); ) {
            Map.Entry<HttpConnection, Integer> connection = each.next();
            if (connection.getValue() == 0) {
                each.remove();
                HardClose.of(connection.getKey());
                return true;
            }
        }
        return false;
    }

    /** An answer begins. */
    void begin(HttpConnection connection) {
        change(connection, 1);
    }

    /** An answer has ended. */
    void end(HttpConnection connection) {
        change(connection, -1);
    }

    private void change(HttpConnection connection, int by) {
        Integer answers = open.remove(connection);
        if (answers != null) {
            open.put(connection, answers + by);
        }
    }

    int count() {
        return open.size();
    }
}
