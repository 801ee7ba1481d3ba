package io.pgsidecar.agent.faults;

import io.pgsidecar.archive.faults.ProxiedStore;

class AzureFaultsSeenByPostgresIT extends FaultsSeenByPostgres {

    AzureFaultsSeenByPostgresIT() {
        super(ProxiedStore.Kind.AZURITE);
    }
}
