package io.pgsidecar.agent.faults;

import io.pgsidecar.archive.faults.ProxiedStore;

class AzureStoreCutOffIT extends StoreCutOff {

    AzureStoreCutOffIT() {
        super(ProxiedStore.Kind.AZURITE);
    }
}
