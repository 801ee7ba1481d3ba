package io.pgsidecar.agent.statuspage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pgsidecar.probes.postgres.PostgresServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A real Chromium without a screen, driven by W3C's WebDriver protocol. */
final class Browser implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /** A screen. */
    enum Screen {
        PHONE(360, 740),
        DESKTOP(1280, 900);

        private final int width;
        private final int height;

        Screen(int width, int height) {
            this.width = width;
            this.height = height;
        }
    }

    /** What the user's system looks like. */
    enum Theme {
        LIGHT,
        DARK
    }

    private final HttpClient http = HttpClient.newHttpClient();
    private final Process driver;
    private final String address;
    private final String session;

    private Browser(Path driverProgram, Path chromium, Path folder) throws IOException {
        int port = PostgresServer.freePort();
        address = "http://127.0.0.1:" + port;
        driver = new ProcessBuilder(driverProgram.toString(), "--port=" + port)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("chromedriver.log").toFile())
                .start();
        try {
            awaitDriver();
            session = "/session/"
                    + send("POST", "/session", capabilities(chromium, folder))
                            .get("sessionId")
                            .asText();
        } catch (RuntimeException e) {
            driver.destroy();
            throw e;
        }
    }

    /** Starts one; empty where it is not installed. */
    static Optional<Browser> start(Path folder) throws IOException {
        Optional<Path> driver = program("chromedriver");
        Optional<Path> chromium = program("chromium");
        return driver.isEmpty() || chromium.isEmpty()
                ? Optional.empty()
                : Optional.of(new Browser(driver.get(), chromium.get(), folder));
    }

    private static Optional<Path> program(String name) {
        return Stream.of(System.getenv("PATH").split(":", -1))
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .findFirst();
    }

    private static ObjectNode capabilities(Path chromium, Path folder) {
        ObjectNode body = JSON.createObjectNode();
        ObjectNode wanted = body.putObject("capabilities").putObject("alwaysMatch");
        wanted.put("browserName", "chrome");
        wanted.putObject("goog:loggingPrefs").put("browser", "ALL");
        wanted.putObject("goog:chromeOptions")
                .put("binary", chromium.toString())
                .putArray("args")
                .add("--headless=new")
                // Tests may run as root, where Chromium does not start otherwise.
                .add("--no-sandbox")
                .add("--disable-gpu")
                .add("--disable-dev-shm-usage")
                .add("--hide-scrollbars")
                .add("--no-first-run")
                .add("--disable-background-networking")
                .add("--user-data-dir=" + folder.resolve("profile"));
        return body;
    }

    private void awaitDriver() {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try {
                send("GET", "/status", null);
                return;
            } catch (UncheckedIOException e) {
                if (System.nanoTime() > deadline || !driver.isAlive()) {
                    throw e;
                }
                Thread.onSpinWait();
            }
        }
    }

    /** From now on. */
    void looksLike(Screen screen, Theme theme) {
        looksLike(screen, screen.height, theme);
    }

    /** The same on a screen that is higher. */
    void looksLike(Screen screen, int height, Theme theme) {
        chrome(
                "Emulation.setDeviceMetricsOverride",
                JSON.createObjectNode()
                        .put("width", screen.width)
                        .put("height", height)
                        .put("deviceScaleFactor", 1)
                        .put("mobile", screen == Screen.PHONE));
        ObjectNode media = JSON.createObjectNode();
        media.putArray("features")
                .addObject()
                .put("name", "prefers-color-scheme")
                .put("value", theme == Theme.DARK ? "dark" : "light");
        chrome("Emulation.setEmulatedMedia", media);
    }

    /** Loads a page, and waits until it is there. */
    void open(String url) {
        send("POST", session + "/url", JSON.createObjectNode().put("url", url));
    }

    /** Runs a script on the page; what it returns. */
    JsonNode run(String script) {
        ObjectNode body = JSON.createObjectNode().put("script", script);
        body.putArray("args");
        return send("POST", session + "/execute/sync", body);
    }

    /** What a reader sees. */
    String text() {
        return run("return document.body.innerText").asText();
    }

    /** What the console was told since it was last asked. */
    List<String> console() {
        List<String> messages = new ArrayList<>();
        send("POST", session + "/se/log", JSON.createObjectNode().put("type", "browser"))
                .forEach(entry -> messages.add(entry.get("message").asText()));
        return messages;
    }

    /** Waits until a script returns true. */
    void await(String description, String script) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!run(script).asBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("waited in vain until " + description + "; there is:\n" + text());
            }
        }
    }

    /** A PNG of what the screen shows. */
    byte[] screenshot() {
        return Base64.getDecoder()
                .decode(send("GET", session + "/screenshot", null).asText());
    }

    private void chrome(String command, ObjectNode parameters) {
        ObjectNode body = JSON.createObjectNode().put("cmd", command);
        body.set("params", parameters);
        send("POST", session + "/goog/cdp/execute", body);
    }

    private JsonNode send(String method, String path, @Nullable ObjectNode body) {
        try {
            HttpRequest request = HttpRequest.newBuilder(URI.create(address + path))
                    .timeout(PATIENCE)
                    .header("Content-Type", "application/json")
                    .method(
                            method,
                            body == null
                                    ? HttpRequest.BodyPublishers.noBody()
                                    : HttpRequest.BodyPublishers.ofString(body.toString()))
                    .build();
            HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() != 200) {
                throw new IllegalStateException(method + " " + path + ": " + answer.body());
            }
            return JSON.readTree(answer.body()).get("value");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        try {
            send("DELETE", session, null);
        } finally {
            driver.destroy();
            http.close();
        }
    }
}
