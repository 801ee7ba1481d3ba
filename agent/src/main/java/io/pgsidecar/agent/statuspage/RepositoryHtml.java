package io.pgsidecar.agent.statuspage;

import io.pgsidecar.agent.metrics.CatalogLook;
import io.pgsidecar.agent.metrics.CatalogWatch;
import io.pgsidecar.agent.metrics.RepositoryHistory;
import io.pgsidecar.agent.wal.Words;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Writes what can be recovered from each repository: in a sentence, as a picture, as tables. */
final class RepositoryHtml {

    private static final int MOST_ROWS = 20;

    private final StatusPage page;
    private final Html html;

    RepositoryHtml(StatusPage page, Html html) {
        this.page = page;
        this.html = html;
    }

    void write() {
        PageHtml.begin(html, "recovery", "Recovery window", page.headline().level(Problem.Area.RECOVERY));
        List<StatusFacts.StoredIn> all = page.facts().repositories();
        for (int i = 0; i < all.size(); i++) {
            repository(all.get(i), page.pictures().get(i), "picture-" + i);
        }
        html.end().line();
    }

    private void repository(StatusFacts.StoredIn stored, Optional<RecoveryPicture> picture, String id) {
        CatalogWatch.Seen seen = stored.seen();
        html.begin("div", "class", "repository");
        html.element("h3", seen.repository() + (stored.lag().isPresent() ? " (optional)" : ""));
        CatalogLook look = seen.last();
        if (look == null) {
            html.element("p", "Nobody has been able to look yet.", "class", "muted");
        } else {
            html.element("p", sentence(look), "class", "words");
            picture.ifPresent(drawn -> new PictureSvg(html).write(drawn, id, seen.repository(), sentence(look)));
            details(look, id);
        }
        seen.failure()
                .ifPresent(failure ->
                        html.element("p", "The last look failed: " + failure.message(), "class", "words quote"));
        if (look != null) {
            html.element("p", "Last look: " + Told.ago(page.facts().age(seen)), "class", "muted");
        }
        html.end();
    }

    private static String sentence(CatalogLook look) {
        String wal = look.wal()
                .map(found ->
                        "%s of WAL in %s".formatted(Words.size(found.bytes()), Told.count(found.segments(), "segment")))
                .orElse("no WAL");
        return look.window()
                .map(window -> "Recoverable from %s to %s; %s."
                        .formatted(
                                Words.time(window.from()),
                                window.to().map(to -> "about " + Words.time(to)).orElse("a time that nobody knows"),
                                wal))
                .orElse("Nothing can be recovered: there is no backup that leads anywhere; %s.".formatted(wal));
    }

    /** The same as the picture, for who cannot see it. */
    private void details(CatalogLook look, String id) {
        RepositoryHistory history = look.history();
        if (history.wal().isEmpty()) {
            return;
        }
        html.begin("details", "id", id + "-table").element("summary", "The picture as a table");
        html.begin("table").element("caption", "WAL that is stored, and what is missing", "class", "unseen");
        PageHtml.head(html, "Timeline", "Segments", "Stored");
        html.begin("tbody");
        history.gaps().reversed().stream()
                .limit(MOST_ROWS)
                .forEach(gap -> row(
                        gap.timeline(),
                        "✗ missing: %s, %s"
                                .formatted(Told.count(gap.segments(), "segment"), names(gap.first(), gap.last())),
                        gap.after(),
                        gap.before()));
        history.wal().reversed().stream()
                .limit(MOST_ROWS)
                .forEach(range -> row(
                        range.timeline(),
                        "%s, %s".formatted(Told.count(range.segments(), "segment"), names(range.first(), range.last())),
                        Optional.of(range.from()),
                        Optional.of(range.to())));
        html.end().end();
        long more = Math.max(0L, history.wal().size() - MOST_ROWS)
                + Math.max(0L, history.gaps().size() - MOST_ROWS);
        if (more > 0) {
            html.element(
                    "p",
                    "and %s more; pgsidecar wal list has all".formatted(Told.count(more, "row")),
                    "class",
                    "muted");
        }
        html.end();
    }

    private void row(long timeline, String what, Optional<Instant> from, Optional<Instant> to) {
        html.begin("tr")
                .element("td", Long.toString(timeline))
                .element("td", what, "class", "words")
                .begin("td");
        from.ifPresent(time -> PageHtml.time(html, time));
        if (!from.equals(to)) {
            html.text(" to ");
            to.ifPresentOrElse(time -> PageHtml.time(html, time), () -> html.text("now"));
        }
        html.end().end();
    }

    private static String names(String first, String last) {
        return first.equals(last) ? first : first + " to " + last;
    }
}
