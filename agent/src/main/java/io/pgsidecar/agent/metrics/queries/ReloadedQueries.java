package io.pgsidecar.agent.metrics.queries;

import io.pgsidecar.probes.metrics.Collector;
import io.pgsidecar.probes.metrics.Family;
import io.pgsidecar.probes.metrics.queries.CustomQueries;
import java.util.ArrayList;
import java.util.List;

/**
 * The custom queries of the moment: whoever asks for their collectors, before each round, has the files looked at
 * first. For one thread that asks; {@link #families()} is for any.
 */
public final class ReloadedQueries {

    private final QueryFiles files;
    private final CustomQueries queries;

    public ReloadedQueries(ConfiguredQueries configured) {
        files = configured.files();
        queries = configured.queries();
    }

    /** One for each query that the files have now. */
    public List<Collector> collectors() {
        if (files.read()) {
            queries.use(files.specs());
        }
        return queries.collectors();
    }

    /** How the files and the queries stand: nothing is asked, so they are there when PostgreSQL is not. */
    public List<Family> families() {
        List<Family> families = new ArrayList<>(queries.families());
        families.addFirst(files.family());
        return families;
    }
}
