package io.pgsidecar.agent.statuspage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pgsidecar.agent.pod.Pod;
import io.pgsidecar.agent.pod.PodFolder;
import io.pgsidecar.agent.pod.Program;
import io.pgsidecar.agent.rest.PrimaryAndReplica;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page of real agents beside real servers, in a real browser: on a phone and on a desk, by day and by night. */
class StatusPageIT {

    /** Where the screenshots of the README are written to; not set in tests. */
    private static final String SCREENSHOTS = "pgsidecar.screenshots";

    private static final String BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @TempDir(factory = PodFolder.class)
    Path home;

    @TempDir
    Path profile;

    @Test
    void showsAPrimaryAndAReplica() throws Exception {
        try (PrimaryAndReplica both = PrimaryAndReplica.start(home, "10s", "30s");
                Browser browser = browser()) {
            startAgain(both.primary(), "postgres-0");
            startAgain(both.replica(), "postgres-1");
            both.primary().server().execute("SELECT pg_create_physical_replication_slot('for_a_third', true)");
            both.primary().switchAndArchive();
            backUp(both.primary());
            both.primary().switchAndArchive();
            await(
                    both.primary(),
                    json -> json.at("/repositories/0/backups/0/recoverable").asBoolean());
            await(both.primary(), json -> json.at("/slots/0/name").asText().equals("for_a_third"));
            await(both.primary(), json -> json.at("/volumes").size() == 2);
            looksAt(
                    browser,
                    both.primary(),
                    "Primary, ready.",
                    "Nobody uses slot for_a_third",
                    "Recoverable from",
                    "✓ good",
                    "timeline 1",
                    "replica",
                    "streaming",
                    "for_a_third");
            await(
                    both.replica(),
                    json -> json.at("/repositories/0/backups/0/recoverable").asBoolean());
            looksAt(
                    browser,
                    both.replica(),
                    "Replica, ready.",
                    "streaming from 127.0.0.1",
                    "✓ good",
                    "Recoverable from");
            keepsItselfFresh(browser, both.primary());
            screenshots(browser, both.primary());
        }
    }

    @Test
    void showsAFailingArchive() throws Exception {
        try (Pod pod = Pod.create(16, home.resolve("a"), home.resolve("r"), "--wal-segsize=1");
                Browser browser = browser()) {
            pod.start();
            pod.switchAndArchive();
            // The repository becomes one that nobody can write to: a file where its folder was.
            Path folder = home.resolve("r/main");
            Files.move(folder, home.resolve("r/aside"));
            Files.writeString(folder, "in the way");
            pod.server().execute("SELECT pg_create_restore_point('so that there is something to switch')");
            pod.server().query("SELECT pg_walfile_name(pg_switch_wal())");
            await(
                    pod,
                    json -> !json.at("/archive/failingSince").isNull()
                            && json.at("/archive/waitingFiles").asLong() > 0);
            assertThat(json(pod).get("level").asText()).isEqualTo("failing");
            looksAt(browser, pod, "Primary, ready. Archiving is failing for", "✗ Failing", "1 file, the oldest for");
            assertThat(browser.run("return document.title").asText()).startsWith("Failing: Primary, ready");
        }
    }

    @Test
    void showsAnEmptyRepository() throws Exception {
        try (Pod pod = Pod.create(17, home.resolve("a"), home.resolve("r"));
                Browser browser = browser()) {
            pod.start();
            await(
                    pod,
                    json -> json.at("/postgres/role").asText().equals("primary")
                            && !json.at("/repositories/0/ageMs").isNull());
            looksAt(
                    browser,
                    pod,
                    "Primary, ready. Repository main has no backup to recover from.",
                    "! Warning",
                    "Nothing can be recovered",
                    "There is none yet.",
                    "none since the agent's start");
        }
    }

    @Test
    void answersAtOnceWhilePostgresHangsAndKeepsPatronisAnswersAtTheRoot() throws Exception {
        try (Pod pod = Pod.create(17, home.resolve("a"), home.resolve("r"))) {
            pod.agent().set("probes.maxAge", "3s").set("probes.interval", "200ms");
            pod.agent().set("postgres.queryTimeout", "1s").set("postgres.connectTimeout", "1s");
            pod.start();
            await(pod, json -> json.at("/postgres/role").asText().equals("primary"));
            // Nobody who asked before gets anything else than before.
            for (String accept : List.of("*/*", "application/json", "text/html, image/gif, image/jpeg, */*; q=0.2")) {
                HttpResponse<String> answer = send(pod, "GET", "/", accept);
                assertThat(answer.statusCode()).as(accept).isEqualTo(200);
                assertThat(JSON.readTree(answer.body()).get("role").asText()).isEqualTo("primary");
            }
            HttpResponse<String> page = send(pod, "GET", "/", BROWSER);
            assertThat(page.statusCode()).isEqualTo(200);
            assertThat(page.headers().firstValue("Content-Type")).hasValue("text/html; charset=utf-8");
            assertThat(page.headers().firstValue("Content-Security-Policy")).hasValue(PageFiles.policy());
            assertThat(page.headers().firstValue("Vary")).hasValue("Accept");
            assertThat(page.headers().firstValue("Pgsidecar-Reason")).isPresent();
            assertThat(page.body()).contains("Primary, ready.");
            HttpResponse<String> head = send(pod, "HEAD", "/status/page", BROWSER);
            assertThat(head.statusCode()).isEqualTo(200);
            assertThat(head.body()).isEmpty();
            assertThat(send(pod, "OPTIONS", "/", BROWSER).body()).isEmpty();
            assertThat(send(pod, "POST", "/status/page", BROWSER).statusCode()).isEqualTo(405);
            assertThat(send(pod, "GET", "/status/page", "application/json").body())
                    .contains("\"headline\"");

            pod.server().signalAll("STOP");
            try {
                await(
                        pod,
                        json -> json.at("/postgres/availability").asText().equals("no_answer")
                                && json.get("level").asText().equals("failing"));
                long began = System.nanoTime();
                HttpResponse<String> frozen = send(pod, "GET", "/", BROWSER);
                // From memory; a machine that is busy takes its time all the same.
                assertThat(System.nanoTime() - began).isLessThan(2_000_000_000L);
                assertThat(frozen.statusCode()).isEqualTo(503);
                assertThat(frozen.body()).contains("Primary, not answering.");
                assertThat(send(pod, "GET", "/status/page", BROWSER).statusCode())
                        .isEqualTo(200);
            } finally {
                pod.server().signalAll("CONT");
            }
            await(pod, json -> json.at("/history/0/availability").asText().equals("accepting"));
            assertThat(json(pod).get("history").size()).isGreaterThanOrEqualTo(3);
        }
    }

    private Browser browser() throws IOException {
        Optional<Browser> browser = Browser.start(profile);
        assumeTrue(browser.isPresent(), "chromium and chromedriver are not installed (chromium-driver)");
        return browser.orElseThrow();
    }

    /** On each screen and in each theme: what is to be seen is seen, and nothing is wrong with it. */
    private static void looksAt(Browser browser, Pod pod, String... seen) {
        for (Browser.Screen screen : Browser.Screen.values()) {
            for (Browser.Theme theme : Browser.Theme.values()) {
                browser.looksLike(screen, theme);
                browser.open(address(pod));
                assertThat(browser.text()).as("%s, %s", screen, theme).contains(seen);
                browser.run("document.querySelectorAll('details').forEach((e) => e.open = true)");
                assertThat(wrong(browser)).as("%s, %s", screen, theme).isEmpty();
                assertThat(browser.console())
                        // A replica is none to the health check that the page shares its path with.
                        .filteredOn(message -> !message.matches(
                                "http://127.0.0.1:\\d+/ - Failed to load resource: the server responded with a status of"
                                        + " 503 .*"))
                        .as("%s, %s", screen, theme)
                        .isEmpty();
                boolean dark = browser.run(
                                "return getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0] < 128")
                        .asBoolean();
                assertThat(dark).isEqualTo(theme == Browser.Theme.DARK);
            }
        }
    }

    private static List<String> wrong(Browser browser) {
        List<String> wrong = new ArrayList<>();
        browser.run(resource("accessible.js")).forEach(sentence -> wrong.add(sentence.asText()));
        return wrong;
    }

    /** By its own script, without losing what somebody has opened; and where the agent is silent it says so. */
    private static void keepsItselfFresh(Browser browser, Pod pod) {
        browser.open(address(pod));
        browser.run(
                "document.querySelector('details').open = true; window.before = document.getElementById('seen').textContent");
        browser.await("the page is fresh", "return document.getElementById('seen').textContent !== window.before");
        assertThat(browser.run("return document.querySelector('details').open").asBoolean())
                .isTrue();
        assertThat(browser.run("return document.getElementById('lost').hidden").asBoolean())
                .isTrue();
        assertThat(browser.console()).isEmpty();
        pod.agent().signal("STOP");
        try {
            browser.await("the page knows", "return !document.getElementById('lost').hidden");
            assertThat(browser.text()).contains("The agent has not answered since", "What is below is old.");
        } finally {
            pod.agent().signal("CONT");
        }
        browser.await("the agent is back", "return document.getElementById('lost').hidden");
        browser.run("document.getElementById('pause').click()");
        assertThat(browser.text()).contains("Paused");
    }

    private static void screenshots(Browser browser, Pod pod) throws IOException {
        String folder = System.getProperty(SCREENSHOTS, "");
        if (folder.isEmpty()) {
            return;
        }
        pod.server().execute("SELECT pg_drop_replication_slot('for_a_third')");
        for (int i = 0; i < 20; i++) {
            pod.switchAndArchive();
        }
        backUp(pod);
        pod.switchAndArchive();
        await(
                pod,
                json -> json.get("level").asText().equals("fine")
                        && json.at("/repositories/0/backups/1/recoverable").asBoolean());
        // Down to the picture of the recovery window.
        browser.looksLike(Browser.Screen.DESKTOP, 1120, Browser.Theme.LIGHT);
        browser.open(address(pod));
        Files.write(Path.of(folder, "status-page-desktop.png"), SmallPng.of(browser.screenshot()));
        browser.looksLike(Browser.Screen.PHONE, Browser.Theme.DARK);
        browser.open(address(pod));
        Files.write(Path.of(folder, "status-page-phone.png"), SmallPng.of(browser.screenshot()));
    }

    /** With a name that is not the machine's, and so that it looks into the repository often. */
    private static void startAgain(Pod pod, String name) {
        pod.agent().stop();
        pod.agent()
                .in(Map.of(
                        "PGSIDECAR_PATRONI_NAME",
                        name,
                        "PGSIDECAR_PATRONI_SCOPE",
                        "orders",
                        "PGSIDECAR_METRICS_SLOW_INTERVAL",
                        "15s"))
                .start();
    }

    private static void backUp(Pod pod) {
        Program backup = Program.run(pod, "backup", "now");
        assertThat(backup.exit()).as(backup.out()).isZero();
    }

    private static void await(Pod pod, Predicate<JsonNode> condition) {
        pod.agent().await("the page says so", () -> condition.test(json(pod)));
    }

    private static JsonNode json(Pod pod) {
        try {
            return JSON.readTree(pod.agent().get("/status/page.json").body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String address(Pod pod) {
        return "http://127.0.0.1:" + pod.agent().port() + "/";
    }

    private static HttpResponse<String> send(Pod pod, String method, String path, String accept) throws Exception {
        return HTTP.send(
                HttpRequest.newBuilder(
                                URI.create("http://127.0.0.1:" + pod.agent().port() + path))
                        .method(method, BodyPublishers.noBody())
                        .header("Accept", accept)
                        .build(),
                BodyHandlers.ofString());
    }

    private static String resource(String name) {
        try (InputStream in = Objects.requireNonNull(StatusPageIT.class.getResourceAsStream(name), name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
