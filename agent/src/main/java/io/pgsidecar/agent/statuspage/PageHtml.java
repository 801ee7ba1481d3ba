package io.pgsidecar.agent.statuspage;

import io.pgsidecar.agent.wal.Words;
import io.pgsidecar.probes.InstanceState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Writes the page. What is wrong comes first; everything else has a place that does not change. */
final class PageHtml {

    private static final String PERIOD = ".";

    private final StatusPage page;
    private final StatusFacts facts;
    private final Html html = new Html();

    private PageHtml(StatusPage page) {
        this.page = page;
        this.facts = page.facts();
    }

    /** @param self where the page is, relative to the address that it is read by */
    static String of(StatusPage page, String self) {
        return new PageHtml(page).all(self);
    }

    private String all(String self) {
        Headline headline = page.headline();
        html.single("!DOCTYPE html").line();
        html.begin("html", "lang", "en", "class", headline.level().word()).begin("head");
        html.single("meta", "charset", "utf-8");
        html.single("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
        html.single("meta", "name", "color-scheme", "content", "light dark");
        html.single("meta", "name", "robots", "content", "noindex");
        html.element(
                "title",
                "%s: %s – %s"
                        .formatted(
                                headline.level().title(),
                                headline.state(),
                                facts.who().name()));
        html.single("link", "rel", "icon", "href", icon(headline.level()));
        // Who has a script refreshes by that, and keeps the place where he reads.
        html.begin("noscript")
                .single("meta", "http-equiv", "refresh", "content", "30")
                .end();
        html.own("style", PageFiles.STYLE).end().line();
        html.begin("body", "data-page", self);
        html.element("a", "Skip to the status", "class", "skip", "href", "#status");
        html.begin("header", "class", "bar");
        html.begin("p", "class", "name").element("strong", facts.who().name());
        html.element("span", " in " + facts.who().scope(), "class", "muted").end();
        html.begin("p", "class", "seen").element("span", "Seen ", "class", "muted");
        html.element(
                "time",
                Words.time(facts.now()),
                "id",
                "seen",
                "datetime",
                facts.now().toString());
        html.element("button", "Pause", "id", "pause", "type", "button", "hidden", "hidden");
        html.end().end().line();
        html.element("p", "", "id", "lost", "class", "lost", "role", "alert", "hidden", "hidden");
        html.element("p", "", "id", "said", "class", "unseen", "role", "status");
        html.begin("main", "id", "status").begin("div", "id", "page");
        headline();
        html.begin("div", "class", "pair").begin("div", "class", "column");
        instance();
        probes();
        html.end().begin("div", "class", "column");
        archive();
        volumes();
        html.end().end();
        new RepositoryHtml(page, html).write();
        html.begin("div", "class", "pair").begin("div", "class", "column");
        new BackupHtml(page, html).write();
        html.end().begin("div", "class", "column");
        new ReplicationHtml(page, html).write();
        html.end().end();
        history();
        html.end().end().line();
        footer(self);
        html.own("script", PageFiles.SCRIPT).end().end().line();
        return html.toString();
    }

    private void headline() {
        Headline headline = page.headline();
        html.begin("section", "class", "headline " + headline.level().word(), "aria-labelledby", "headline");
        html.begin("p", "class", "badge-line");
        badge(html, headline.level());
        html.end();
        html.begin("h1", "id", "headline");
        html.element("span", headline.state() + PERIOD, "class", "state").text(" ");
        html.element("span", closed(shortened(headline.gist())), "class", "gist")
                .end();
        List<Problem> more = headline.problems().stream().skip(1).toList();
        if (!headline.problems().isEmpty() && !shortened(headline.gist()).equals(headline.gist())) {
            html.element("p", headline.gist(), "class", "words");
        }
        if (!more.isEmpty()) {
            html.begin("ul", "class", "problems", "aria-label", "Further problems");
            more.forEach(problem -> {
                html.begin("li");
                badge(html, problem.level());
                html.element("span", closed(problem.text()), "class", "words").end();
            });
            html.end();
        }
        html.end().line();
    }

    private void instance() {
        InstanceState now = facts.instance();
        begin(html, "instance", "Instance", page.headline().level(Problem.Area.INSTANCE));
        html.element("p", now.cause(), "class", "words");
        html.begin("dl");
        fact("Role", Headline.title(now.role()));
        fact("Availability", word(now.availability()));
        fact("Timeline", now.timeline() == 0 ? "not known" : Integer.toString(now.timeline()));
        fact("Position in the WAL", now.lsn() == null ? "not known" : now.lsn().asString());
        fact("PostgreSQL", version(now.serverVersion()));
        when("Up since", Optional.ofNullable(now.postmasterStart()));
        facts.label()
                .ifPresent(label -> fact(
                        "Label of the pod",
                        label.shown().map(PageHtml::word).orElse("not known") + ", wanted: " + word(label.wanted())));
        fact("Last look", Told.ago(now.age(facts.nanos())));
        html.end().end().line();
    }

    private void probes() {
        begin(html, "probes", "Probes", null);
        html.begin("table");
        html.element("caption", "How each probe is answered now", "class", "unseen");
        head(html, "Probe", "Answer", "Why");
        html.begin("tbody");
        for (Verdict verdict : facts.probes()) {
            html.begin("tr").begin("th", "scope", "row").text(verdict.name()).end();
            html.begin("td");
            html.element(
                    "span",
                    verdict.ok() ? "✓ yes" : "✗ no",
                    "class",
                    verdict.ok() ? "tag fine" : "tag",
                    "title",
                    "GET " + verdict.path() + " answers " + verdict.status());
            html.end().element("td", verdict.reason(), "class", "words").end();
        }
        html.end().end().end().line();
    }

    private void archive() {
        begin(html, "archive", "WAL archive", page.headline().level(Problem.Area.ARCHIVE));
        ArchiveRate.Rate rate = facts.rate();
        html.begin("dl");
        fact(
                "Rate",
                rate.recentFiles() == 0
                        ? "nothing in the last %s".formatted(Told.span(rate.recent()))
                        : "%s in the last %s, %s/s"
                                .formatted(
                                        Told.count(rate.recentFiles(), "file"),
                                        Told.span(rate.recent()),
                                        Words.size(rate.bytesPerSecond())));
        facts.disks()
                .flatMap(look -> look.ready())
                .ifPresentOrElse(
                        ready -> fact(
                                "Waiting",
                                ready.files() == 0
                                        ? "none"
                                        : Told.count(ready.files(), "file")
                                                + ready.oldest()
                                                        .map(oldest -> ", the oldest for " + since(oldest))
                                                        .orElse("")),
                        () -> fact("Waiting", "not known"));
        fact("Last archived", facts.archive().lastSuccess().map(this::call).orElse("none since the agent's start"));
        fact("Last failure", facts.archive().lastFailure().map(this::call).orElse("none since the agent's start"));
        fact(
                "Since the agent's start",
                "%s, %s"
                        .formatted(
                                Told.count(facts.archived().segments(), "segment"),
                                Words.size(facts.archived().bytes())));
        html.end();
        facts.archive().lastFailure().ifPresent(call -> html.element("p", call.text(), "class", "words quote"));
        new MinutesSvg(html).write(rate.perMinute());
        lags();
        html.end().line();
    }

    private void lags() {
        facts.repositories()
                .forEach(stored -> stored.lag().ifPresent(lag -> {
                    String text = lag.missingFiles() == 0
                            ? lag.compared() ? "lacks nothing" : "not compared yet"
                            : "lacks %s%s"
                                    .formatted(
                                            Told.count(lag.missingFiles(), "file"),
                                            lag.missingSince()
                                                    .map(since -> ", the oldest for " + since(since))
                                                    .orElse(""));
                    html.begin("p", "class", "words");
                    html.element("strong", lag.repository()).text(" (optional) " + text);
                    lag.lastError().ifPresent(error -> html.text(": " + error));
                    html.end();
                }));
    }

    private void volumes() {
        begin(html, "volumes", "Volumes", page.headline().level(Problem.Area.VOLUMES));
        if (facts.disks().isEmpty()) {
            html.element("p", "Nobody has looked yet.", "class", "muted");
        }
        facts.disks().ifPresent(look -> {
            html.begin("table").element("caption", "File systems of the instance", "class", "unseen");
            head(html, "Volume", "Used", "Left");
            html.begin("tbody");
            look.volumes().forEach((name, volume) -> {
                html.begin("tr").element("th", name, "scope", "row");
                html.begin("td")
                        .text("%d %%, %s".formatted((long) (volume.usedRatio() * 100), Words.size(volume.used())))
                        .text(" ");
                new MeterSvg(html).write(volume.usedRatio(), Problems.ofVolume(volume.usedRatio()));
                html.end()
                        .element("td", Words.size(volume.available()), "class", "short")
                        .end();
            });
            html.end().end();
        });
        facts.diskAge().ifPresent(age -> html.element("p", "Last look: " + Told.ago(age), "class", "muted"));
        html.end().line();
    }

    private void history() {
        begin(html, "history", "History of the role", null);
        html.begin("table");
        html.element("caption", "Changes since the agent's start, the newest first", "class", "unseen");
        head(html, "When", "What", "Why");
        html.begin("tbody");
        List<RoleHistory.Change> changes = facts.history().newestFirst();
        changes.stream().limit(10).forEach(this::change);
        html.end().end();
        long more = Math.max(0L, changes.size() - 10) + facts.history().forgotten();
        if (more > 0) {
            html.element("p", "and %s before".formatted(Told.count(more, "change")), "class", "muted");
        }
        html.end().line();
    }

    private void change(RoleHistory.Change change) {
        html.begin("tr").begin("td");
        time(html, change.time());
        html.end();
        html.element(
                "td",
                "%s, %s%s"
                        .formatted(
                                Headline.title(change.role()),
                                word(change.availability()),
                                change.timeline() == 0 ? "" : ", timeline " + change.timeline()));
        html.element("td", change.cause(), "class", "words").end();
    }

    private void footer(String self) {
        html.begin("footer").begin("p");
        html.text("pgsidecar " + facts.who().version() + " · all times are UTC · the same for programs: ");
        html.element("a", "JSON", "href", self + ".json").text(" · ");
        String up = self.contains("/") ? "" : "../";
        html.element("a", "status", "href", up + "status").text(" · ");
        html.element("a", "metrics", "href", up + "metrics");
        html.end().end().line();
    }

    private void fact(String name, String value) {
        html.begin("div")
                .element("dt", name)
                .element("dd", value, "class", "words")
                .end();
    }

    private void when(String name, Optional<Instant> time) {
        html.begin("div").element("dt", name).begin("dd");
        time.ifPresentOrElse(
                instant -> {
                    time(html, instant);
                    html.text(" (%s)".formatted(since(instant)));
                },
                () -> html.text("not known"));
        html.end().end();
    }

    private String call(WalCalls.Call call) {
        // PostgreSQL names it with its folder.
        String name = call.file().substring(call.file().lastIndexOf('/') + 1);
        return "%s, %s ago".formatted(name, since(call.time()));
    }

    private String since(Instant time) {
        return Told.span(Duration.between(time, facts.now()));
    }

    /** A section; its heading tells how it stands, unless there is nothing to be told. */
    static void begin(Html html, String id, String title, @Nullable Level level) {
        html.begin("section", "class", "card " + id, "aria-labelledby", id);
        html.begin("div", "class", "card-head").element("h2", title, "id", id);
        if (level != null && level != Level.FINE) {
            badge(html, level);
        }
        html.end();
    }

    static void badge(Html html, Level level) {
        String sign = switch (level) {
            case FINE -> "✓ ";
            case WARNING -> "! ";
            case FAILING -> "✗ ";
        };
        html.element("span", sign + level.title(), "class", "badge " + level.word());
    }

    static void head(Html html, String... names) {
        html.begin("thead").begin("tr");
        for (String name : names) {
            html.element("th", name, "scope", "col");
        }
        html.end().end();
    }

    static void time(Html html, Instant time) {
        html.element("time", Words.time(time), "datetime", time.toString());
    }

    static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    private static String version(int number) {
        return number == 0 ? "not known" : "%d.%d".formatted(number / 10_000, number % 10_000);
    }

    private static String closed(String sentence) {
        return sentence.endsWith(PERIOD) || sentence.endsWith("…") ? sentence : sentence + PERIOD;
    }

    private static String shortened(String text) {
        return text.length() <= 160 ? text : text.substring(0, 159) + "…";
    }

    private static String icon(Level level) {
        String colour = switch (level) {
            case FINE -> "%231f8a55";
            case WARNING -> "%23d99a1c";
            case FAILING -> "%23cf3f34";
        };
        return "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
                + "%3Ccircle cx='8' cy='8' r='7' fill='" + colour + "'/%3E%3C/svg%3E";
    }
}
