package io.pgsidecar.agent.manifests;

import io.pgsidecar.probes.postgres.PostgresServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A run of psql, or of a script that calls it, that has ended.
 *
 * @param out both of its outputs
 */
record Psql(int exit, String out) {

    /** Runs a file as the manifests' Jobs do. */
    static Psql file(PostgresServer server, String password, String database, Path file, String... variables) {
        List<String> command = new ArrayList<>(List.of(Installed.program("psql").toString(), "--no-psqlrc", "--quiet"));
        for (String variable : variables) {
            command.add("--set=" + variable);
        }
        command.add("--file=" + file);
        command.add("host=127.0.0.1 port=" + server.port() + " user=postgres dbname=" + database);
        return run(command, Map.of("PGPASSWORD", password));
    }

    static Psql run(List<String> command, Map<String, String> environment) {
        try {
            ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
            builder.environment().putAll(environment);
            Process process = builder.start();
            String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Psql(process.waitFor(), out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
