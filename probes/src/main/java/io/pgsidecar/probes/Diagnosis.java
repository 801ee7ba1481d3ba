package io.pgsidecar.probes;

import java.io.EOFException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.sql.SQLException;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads a failed try to reach the server: by SQLSTATE and by the kind of the socket's error, never by text. */
record Diagnosis(Availability availability, String cause) {

    private static final String CANNOT_CONNECT_NOW = "57P03";
    private static final String TOO_MANY_CONNECTIONS = "53300";
    private static final String CONNECTION_CLASS = "08";

    // No such database; no right to connect to it; it takes no connections; a password is asked for and there is none.
    private static final Set<String> REFUSALS = Set.of("3D000", "42501", "55000", "08004");
    private static final String QUERY_CANCELED = "57014";

    /** @param postmaster the status line of {@code postmaster.pid}, where there is one */
    static Diagnosis of(Exception failure, Optional<String> postmaster) {
        String message = firstLine(failure);
        String state = failure instanceof SQLException e && e.getSQLState() != null ? e.getSQLState() : "";
        if (state.equals(CANNOT_CONNECT_NOW)) {
            boolean stopping = postmaster.isPresent() && postmaster.get().equals("stopping");
            return stopping
                    ? new Diagnosis(Availability.STOPPING, "stopping: " + message)
                    : new Diagnosis(Availability.STARTING, "not ready yet: " + message);
        }
        if (state.equals(TOO_MANY_CONNECTIONS)) {
            return new Diagnosis(Availability.FULL, "no connection left: " + message);
        }
        if (state.startsWith("28") || REFUSALS.contains(state)) {
            return new Diagnosis(Availability.LOGIN_REFUSED, "up, but the agent cannot log in: " + message);
        }
        if (has(failure, SocketTimeoutException.class) || state.equals(QUERY_CANCELED)) {
            return new Diagnosis(Availability.NO_ANSWER, "no answer in time: " + message);
        }
        if (has(failure, ConnectException.class) || has(failure, NoRouteToHostException.class)) {
            return new Diagnosis(Availability.NO_SERVER, "no server listens: " + message);
        }
        if (!state.isEmpty() && !state.startsWith(CONNECTION_CLASS)) {
            return new Diagnosis(Availability.FAILING, "answers with an error (%s): %s".formatted(state, message));
        }
        if (has(failure, EOFException.class) || has(failure, SocketException.class)) {
            return new Diagnosis(Availability.FAILING, "closes the connection without an answer: " + message);
        }
        return new Diagnosis(Availability.NO_SERVER, "no connection: " + message);
    }

    private static boolean has(@Nullable Throwable failure, Class<? extends Throwable> kind) {
        for (Throwable t = failure; t != null; t = t.getCause()) {
            if (kind.isInstance(t)) {
                return true;
            }
        }
        return false;
    }

    private static String firstLine(Exception failure) {
        String message = failure.getMessage() == null ? failure.toString() : failure.getMessage();
        return message.lines().findFirst().orElse(message);
    }
}
