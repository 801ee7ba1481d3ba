package io.pgsidecar.archive.faults;

class S3MockFaultsIT extends StoreFaults {

    S3MockFaultsIT() {
        super(ProxiedStore.Kind.S3MOCK);
    }
}
