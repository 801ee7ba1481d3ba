package io.pgsidecar.agent.command;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;

/** The {@code pgsidecar-wal} that comes with this app, in {@code bin} beside {@code lib}. */
record ShimProgram(Path file) {

    /** @throws IOException if this is not a packaged app */
    static ShimProgram installed() throws IOException {
        CodeSource source = ShimProgram.class.getProtectionDomain().getCodeSource();
        try {
            Path jar = Path.of(source.getLocation().toURI());
            Path file = jar.resolve("../../bin/pgsidecar-wal").normalize();
            if (!Files.isExecutable(file)) {
                throw new IOException("there is no program " + file);
            }
            return new ShimProgram(file);
        } catch (URISyntaxException e) {
            throw new IOException("the app's own folder is not known", e);
        }
    }

    /** Has it copy itself. */
    void install(Path folder) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(file.toString(), "install", folder.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        if (process.waitFor() != 0) {
            throw new IOException("%s install %s: %s".formatted(file, folder, said));
        }
    }
}
