package io.pgsidecar.agent.statuspage;

import io.pgsidecar.agent.wal.Words;
import io.pgsidecar.probes.InstanceReport;
import io.pgsidecar.probes.InstanceState;
import io.pgsidecar.probes.Replay;
import io.pgsidecar.probes.ReplicationClient;
import io.pgsidecar.probes.Subscription;
import io.pgsidecar.probes.WalReceiver;
import io.pgsidecar.probes.metrics.Tier;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.postgresql.replication.LogSequenceNumber;

/** Writes who takes WAL from the instance, what is kept for whom, and how a replica comes by its own. */
final class ReplicationHtml {

    private static final int MOST_ROWS = 50;

    private final StatusPage page;
    private final StatusFacts facts;
    private final Html html;

    ReplicationHtml(StatusPage page, Html html) {
        this.page = page;
        this.facts = page.facts();
        this.html = html;
    }

    void write() {
        InstanceState now = facts.instance();
        InstanceReport report = now.report();
        PageHtml.begin(html, "replication", "Replication", page.headline().level(Problem.Area.REPLICATION));
        now.replay().ifPresent(this::replay);
        if (report.replicationClients().isEmpty()) {
            html.element("p", "Nobody takes WAL from here.", "class", "muted");
        } else {
            clients(report.replicationClients(), now.lsn());
        }
        if (!report.synchronousStandbyNames().isBlank()) {
            html.begin("p", "class", "words").text("Commits wait for: ");
            html.element("code", report.synchronousStandbyNames()).end();
        }
        if (!page.slots().isEmpty()) {
            slots();
        }
        if (!report.subscriptions().isEmpty()) {
            subscriptions(report.subscriptions());
        }
        lastRestored();
        html.end().line();
    }

    private void replay(Replay replay) {
        html.begin("dl");
        WalReceiver receiver = replay.receiver();
        fact(
                "Receives",
                receiver == null
                        ? "nothing by streaming"
                        : "%s from %s%s"
                                .formatted(
                                        receiver.status(),
                                        receiver.sender(),
                                        receiver.slot() == null ? "" : ", slot " + receiver.slot()));
        fact("Replay", PageHtml.word(replay.progress().activity()) + (replay.paused() ? ", paused" : ""));
        Long behind = replay.lag().knownBytes();
        fact("Behind", behind == null ? "not known" : Words.size(Math.max(0, behind)));
        fact(
                "Shows the state of",
                replay.lag().time(facts.nanos()).map(Told::ago).orElse("a time that is not known"));
        fact("Received, replayed", lsn(replay.received()) + ", " + lsn(replay.replayed()));
        Long heard = replay.lag().heard();
        fact("Primary heard of", heard == null ? "never" : Told.ago(Duration.ofNanos(facts.nanos() - heard)));
        html.end();
    }

    private void clients(List<ReplicationClient> clients, @Nullable LogSequenceNumber position) {
        html.begin("table");
        html.element("caption", "Standbys and others that take WAL from here", "class", "unseen");
        PageHtml.head(html, "Standby", "State", "Behind");
        html.begin("tbody");
        clients.stream().limit(MOST_ROWS).forEach(client -> {
            html.begin("tr").begin("th", "scope", "row").element("span", client.applicationName(), "class", "words");
            String address = client.address();
            html.element("span", address == null ? client.user() : address, "class", "words muted below");
            html.end();
            html.begin("td").text(client.state()).element("span", client.syncState(), "class", "muted below");
            html.end();
            html.element("td", behind(position, client.replayed()), "class", "short")
                    .end();
        });
        html.end().end();
        more(clients.size());
    }

    private void slots() {
        html.element("h3", "Slots").begin("table");
        html.element("caption", "Replication slots", "class", "unseen");
        PageHtml.head(html, "Slot", "State", "Keeps");
        html.begin("tbody");
        page.slots().stream().limit(MOST_ROWS).forEach(slot -> {
            html.begin("tr").begin("th", "scope", "row").element("span", slot.name(), "class", "words");
            html.element("span", (slot.type() + " " + slot.database()).strip(), "class", "words muted below");
            html.end().begin("td").text(slot.active() ? "in use" : "! not used");
            html.element("span", slot.walStatus(), "class", "muted below").end();
            html.begin("td", "class", "short")
                    .text(
                            slot.keptBytes().isPresent()
                                    ? Words.size(Math.max(0, slot.keptBytes().getAsLong()))
                                    : "–");
            slot.safeBytes()
                    .ifPresent(safe ->
                            html.element("span", Words.size(Math.max(0, safe)) + " safe", "class", "muted below"));
            html.end().end();
        });
        html.end().end();
        more(page.slots().size());
        facts.metrics()
                .flatMap(metrics -> Optional.ofNullable(metrics.ages().get(Tier.FAST)))
                .ifPresent(age -> html.element("p", "Slots were seen " + Told.ago(age), "class", "muted"));
    }

    private void subscriptions(List<Subscription> subscriptions) {
        html.element("h3", "Subscriptions").begin("table");
        html.element("caption", "Logical subscriptions", "class", "unseen");
        PageHtml.head(html, "Subscription", "State", "Behind");
        html.begin("tbody");
        subscriptions.stream().limit(MOST_ROWS).forEach(subscription -> {
            html.begin("tr").begin("th", "scope", "row").element("span", subscription.name(), "class", "words");
            html.element("span", subscription.database(), "class", "words muted below")
                    .end();
            html.element(
                    "td",
                    subscription.running()
                            ? "runs"
                            : subscription.disabledByError()
                                    ? "✗ off by an error"
                                    : subscription.enabled() ? "! does not run" : "switched off");
            Long lag = subscription.lagBytes();
            html.element("td", lag == null ? "–" : Words.size(lag), "class", "short")
                    .end();
        });
        html.end().end();
        more(subscriptions.size());
    }

    private void lastRestored() {
        facts.restore().lastSuccess().ifPresent(call -> {
            html.begin("p", "class", "words muted").text("Last asked of the archive: %s, ".formatted(call.file()));
            PageHtml.time(html, call.time());
            html.end();
        });
        facts.restore()
                .lastFailure()
                .ifPresent(call -> html.element(
                        "p", "Last failure to restore: " + call.file() + ": " + call.line(), "class", "words quote"));
    }

    private void more(int rows) {
        if (rows > MOST_ROWS) {
            html.element("p", "and %d more".formatted(rows - MOST_ROWS), "class", "muted");
        }
    }

    private void fact(String name, String value) {
        html.begin("div")
                .element("dt", name)
                .element("dd", value, "class", "words")
                .end();
    }

    private static String behind(@Nullable LogSequenceNumber position, @Nullable LogSequenceNumber replayed) {
        return position == null || replayed == null
                ? "not known"
                : Words.size(Math.max(0, position.asLong() - replayed.asLong()));
    }

    private static String lsn(@Nullable LogSequenceNumber lsn) {
        return lsn == null ? "–" : lsn.asString();
    }
}
