package io.pgsidecar.archive.stores;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/** Ports for servers. */
public final class FreePort {

    private static final int LOWEST = 15_000;
    private static final int HIGHEST = 32_000;
    private static final Set<Integer> GIVEN_OUT = ConcurrentHashMap.newKeySet();

    private FreePort() {}

    /**
     * A port that nobody listens on, and that this process has not given out before. Below those that systems give to
     * outgoing connections: one of those is taken again before a server has started on it. Of two neighbours this
     * takes the odd one; the even ones are for PostgreSQL.
     */
    public static int next() {
        while (true) {
            int port = ThreadLocalRandom.current().nextInt(LOWEST / 2, HIGHEST / 2) * 2 + 1;
            try (ServerSocket s = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                if (GIVEN_OUT.add(s.getLocalPort())) {
                    return port;
                }
            } catch (BindException e) {
                // Somebody has it: another one.
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
