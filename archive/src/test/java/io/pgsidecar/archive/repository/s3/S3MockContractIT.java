package io.pgsidecar.archive.repository.s3;

import io.pgsidecar.archive.stores.S3MockServer;
import io.pgsidecar.archive.stores.S3Server;
import java.nio.file.Path;

/** S3Mock knows conditional writes and checksums, and looks at no signatures; S3Proxy does. */
class S3MockContractIT extends ServerContract {

    @Override
    S3Server create(Path home) {
        return S3MockServer.create(home);
    }
}
