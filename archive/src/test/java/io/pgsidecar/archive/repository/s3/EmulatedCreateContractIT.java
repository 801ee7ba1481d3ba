package io.pgsidecar.archive.repository.s3;

import io.pgsidecar.archive.repository.s3.S3Settings.Checksums;
import io.pgsidecar.archive.repository.s3.S3Settings.ConditionalCreate;
import io.pgsidecar.archive.repository.s3.S3Settings.Writing;
import io.pgsidecar.archive.stores.S3MockServer;
import io.pgsidecar.archive.stores.S3Server;
import java.nio.file.Path;

/** The settings' other ways: look before writing, and checksums with all that has them. */
class EmulatedCreateContractIT extends ServerContract {

    @Override
    S3Server create(Path home) {
        return S3MockServer.create(home);
    }

    @Override
    Opened open(S3Server server) {
        return new Opened(ServerSettings.of(server)
                .withPrefix(ServerSettings.freshPrefix())
                .with(Writing.DEFAULT.with(ConditionalCreate.EMULATED).with(Checksums.WHEN_SUPPORTED)));
    }
}
