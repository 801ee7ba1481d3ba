package io.pgsidecar.agent.statuspage;

import io.pgsidecar.agent.backup.BackupRun;
import io.pgsidecar.agent.metrics.CatalogLook;
import io.pgsidecar.agent.metrics.RepositoryHistory;
import io.pgsidecar.agent.wal.Words;
import io.pgsidecar.archive.backup.BackupProgress;
import java.time.Duration;
import java.util.List;

/** Writes the backup that is under way, and the last ones of each repository. */
final class BackupHtml {

    private static final int MOST_ROWS = 5;

    private final StatusPage page;
    private final StatusFacts facts;
    private final Html html;

    BackupHtml(StatusPage page, Html html) {
        this.page = page;
        this.facts = page.facts();
        this.html = html;
    }

    void write() {
        PageHtml.begin(html, "backups", "Backups", page.headline().level(Problem.Area.BACKUP));
        facts.backup().ifPresent(this::own);
        for (StatusFacts.StoredIn stored : facts.repositories()) {
            html.element("h3", stored.seen().repository());
            CatalogLook look = stored.seen().last();
            if (look == null) {
                html.element("p", "Nobody has been able to look yet.", "class", "muted");
            } else if (look.history().backups().isEmpty()) {
                html.element("p", "There is none yet.", "class", "muted");
            } else {
                table(stored.seen().repository(), look.history());
            }
        }
        html.end().line();
    }

    private void own(BackupRun run) {
        if (run.finished().isPresent()) {
            run.failure().ifPresent(failure -> {
                html.element("p", "This agent's last one failed: " + failure.getMessage(), "class", "words quote");
                failure.hint().ifPresent(hint -> html.element("p", hint, "class", "words muted"));
            });
            return;
        }
        html.begin("div", "class", "running-backup");
        if (run.progress().isEmpty()) {
            html.element("p", "A backup has begun.").end();
            return;
        }
        BackupProgress progress = run.progress().get();
        double ratio = progress.bytesTotal() == 0 ? 0 : (double) progress.bytesDone() / progress.bytesTotal();
        html.begin("p", "class", "words")
                .element("strong", "Running: " + progress.id().value());
        html.text(", %s, %s of %s, %s/s%s"
                .formatted(
                        PageHtml.word(progress.phase()),
                        Words.size(progress.bytesDone()),
                        Words.size(progress.bytesTotal()),
                        Words.size(progress.rate(facts.now())),
                        progress.left(facts.now())
                                .map(left -> ", " + Told.span(left) + " left")
                                .orElse("")));
        html.end();
        html.begin("div", "class", "progress");
        new MeterSvg(html).write(ratio, Level.FINE);
        html.element("span", "%d %%".formatted((long) (100 * Math.clamp(ratio, 0, 1))))
                .end();
        html.end();
    }

    private void table(String repository, RepositoryHistory history) {
        List<RepositoryHistory.Backup> backups = history.backups();
        html.begin("table");
        html.element("caption", "The last backups in repository " + repository, "class", "unseen");
        PageHtml.head(html, "Backup", "State", "Took", "Size");
        html.begin("tbody");
        backups.stream().limit(MOST_ROWS).forEach(this::row);
        html.end().end();
        long more = Math.max(0L, backups.size() - MOST_ROWS) + history.olderBackups();
        if (more > 0) {
            html.element("p", "and %s more; pgsidecar backup list has all".formatted(more), "class", "muted");
        }
    }

    private void row(RepositoryHistory.Backup backup) {
        html.begin("tr").begin("th", "scope", "row");
        html.element("span", backup.id(), "class", "words");
        html.element("span", Told.ago(Duration.between(backup.begun(), facts.now())), "class", "muted below")
                .end();
        html.begin("td");
        String state = switch (backup.state()) {
            case DONE -> backup.leads() ? "✓ good" : "✗ WAL is missing";
            case RUNNING -> "… running";
            case FAILED -> "✗ failed";
            case DEAD -> "✗ abandoned";
            case UNREADABLE -> "✗ unreadable";
        };
        html.element("span", state, "class", tag(state));
        if (backup.keep()) {
            html.element("span", "kept", "class", "muted below");
        }
        backup.failure().ifPresent(why -> html.element("span", why, "class", "words muted below"));
        html.end();
        html.element(
                "td",
                backup.ended()
                        .map(end -> Told.span(Duration.between(backup.begun(), end)))
                        .orElse("–"));
        html.begin("td", "class", "short").text(backup.bytes().map(Words::size).orElse("–"));
        html.element("span", Words.size(backup.storedBytes()) + " stored", "class", "muted below");
        html.end().end();
    }

    private static String tag(String state) {
        return switch (state.charAt(0)) {
            case '✓' -> "tag fine";
            case '✗' -> "tag bad";
            default -> "tag";
        };
    }
}
