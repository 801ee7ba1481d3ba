package io.pgsidecar.agent.faults;

import io.pgsidecar.archive.faults.ProxiedStore;

class S3StoreCutOffIT extends StoreCutOff {

    S3StoreCutOffIT() {
        super(ProxiedStore.Kind.S3MOCK);
    }
}
