package io.pgsidecar.agent.pod;

import io.pgsidecar.probes.postgres.RunAs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDirFactory;

/**
 * A temporary folder that PostgreSQL's user may enter, with a path short enough for a socket in it (macOS gives
 * temporary files long ones).
 */
public final class PodFolder implements TempDirFactory {

    @Override
    public Path createTempDirectory(AnnotatedElementContext element, ExtensionContext context) throws IOException {
        Path folder = Files.createTempDirectory(Path.of("/tmp"), "pgsidecar-");
        RunAs.own(folder);
        return folder;
    }
}
