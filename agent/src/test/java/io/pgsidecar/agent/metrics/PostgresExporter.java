package io.pgsidecar.agent.metrics;

import io.pgsidecar.probes.postgres.PostgresServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** postgres_exporter beside a server, as a process of its own, with all of its collectors on. */
final class PostgresExporter implements AutoCloseable {

    private static final Pattern VERSION = Pattern.compile("version (\\d+)\\.(\\d+)\\.\\d+");
    private static final Pattern COLLECTOR =
            Pattern.compile("--(?:\\[no-\\])?collector\\.([a-z_]+)(?:\\s|$)", Pattern.MULTILINE);

    private final Process process;
    private final Path log;
    private final int port;

    private PostgresExporter(Process process, Path log, int port) {
        this.process = process;
        this.log = log;
        this.port = port;
    }

    /** The programs that {@code POSTGRES_EXPORTER} names, with a colon between two, or the one that is installed. */
    static List<Path> programs() {
        String named = System.getenv("POSTGRES_EXPORTER");
        if (named != null) {
            return Arrays.stream(named.split(":", -1)).map(Path::of).toList();
        }
        return Arrays.stream(System.getenv("PATH").split(":", -1))
                .flatMap(folder -> Stream.of("prometheus-postgres-exporter", "postgres_exporter")
                        .map(name -> Path.of(folder, name)))
                .filter(Files::isExecutable)
                .limit(1)
                .toList();
    }

    /** The second number of its version: all begin with 0 until now. */
    static int minor(Path program) {
        Matcher version = VERSION.matcher(told(program, "--version"));
        if (!version.find() || !version.group(1).equals("0")) {
            throw new IllegalStateException(program + " does not tell a version 0.x");
        }
        return Integer.parseInt(version.group(2));
    }

    /** Starts it and waits until it serves. */
    static PostgresExporter start(Path program, Path folder, PostgresServer server, String user) {
        int port = PostgresServer.freePort();
        List<String> command = new ArrayList<>(List.of(program.toString(), "--web.listen-address=127.0.0.1:" + port));
        Matcher collector = COLLECTOR.matcher(told(program, "--help"));
        while (collector.find()) {
            String name = collector.group(1);
            // The extension tells it from PostgreSQL 16 on; and xlog is of before PostgreSQL 10.
            if (!name.equals("xlog_location") && (server.major() >= 16 || !name.equals("buffercache_summary"))) {
                command.add("--collector." + name);
            }
        }
        Path log = folder.resolve("postgres_exporter.log");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment()
                .put(
                        "DATA_SOURCE_NAME",
                        "postgresql://%s@127.0.0.1:%d/postgres?sslmode=disable".formatted(user, server.port()));
        try {
            PostgresExporter exporter = new PostgresExporter(builder.start(), log, port);
            server.await("postgres_exporter serves", exporter::serves);
            return exporter;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Its page; it asks the server for all of it. */
    ScrapedPage scrape() {
        try {
            return ScrapedPage.parse(get());
        } catch (IOException e) {
            throw new UncheckedIOException("no page: " + log(), e);
        }
    }

    String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean serves() {
        if (!process.isAlive()) {
            throw new IllegalStateException("postgres_exporter has exited: " + log());
        }
        try {
            return get().contains("pg_up 1");
        } catch (IOException e) {
            return false;
        }
    }

    private String get() throws IOException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static String told(Path program, String option) {
        try {
            Process process = new ProcessBuilder(program.toString(), option)
                    .redirectErrorStream(true)
                    .start();
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
