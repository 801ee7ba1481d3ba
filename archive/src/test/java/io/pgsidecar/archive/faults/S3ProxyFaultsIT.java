package io.pgsidecar.archive.faults;

class S3ProxyFaultsIT extends StoreFaults {

    S3ProxyFaultsIT() {
        super(ProxiedStore.Kind.S3PROXY);
    }
}
