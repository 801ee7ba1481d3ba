package io.pgsidecar.archive.faults;

class AzuriteFaultsIT extends StoreFaults {

    AzuriteFaultsIT() {
        super(ProxiedStore.Kind.AZURITE);
    }
}
