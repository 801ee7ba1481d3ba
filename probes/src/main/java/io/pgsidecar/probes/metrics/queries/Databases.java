package io.pgsidecar.probes.metrics.queries;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;

/** Sessions in other databases than the one that the collectors' connection is in. */
@FunctionalInterface
public interface Databases {

    /**
     * A session in the database, by the role that collectors log in as. The caller closes it, and uses no other one
     * meanwhile: whether it is kept then is for the implementation to decide.
     *
     * @throws IOException if the password cannot be read
     */
    Connection open(String database) throws SQLException, IOException;
}
