package io.pgsidecar.agent.faults;

import io.pgsidecar.archive.faults.ProxiedStore;

class S3FaultsSeenByPostgresIT extends FaultsSeenByPostgres {

    S3FaultsSeenByPostgresIT() {
        super(ProxiedStore.Kind.S3MOCK);
    }
}
