package io.pgsidecar.agent.http;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pgsidecar.agent.backup.BackupRunJson;
import io.pgsidecar.agent.labels.LabelJson;
import io.pgsidecar.agent.metrics.CatalogLook;
import io.pgsidecar.agent.metrics.RepositoryHistory;
import io.pgsidecar.agent.statuspage.Problem;
import io.pgsidecar.agent.statuspage.RoleHistory;
import io.pgsidecar.agent.statuspage.Slot;
import io.pgsidecar.agent.statuspage.StatusFacts;
import io.pgsidecar.agent.statuspage.StatusPage;
import io.pgsidecar.agent.statuspage.Verdict;
import io.pgsidecar.agent.statuspage.WalCalls;
import io.pgsidecar.archive.wal.RepositoryLag;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** The page for programs. What is not known is null; times are ISO 8601, sizes bytes, ages milliseconds. */
final class StatusPageJson {

    private static final ObjectMapper JSON = new ObjectMapper();

    private StatusPageJson() {}

    static ObjectNode of(StatusPage page) {
        StatusFacts facts = page.facts();
        ObjectNode json = JSON.createObjectNode()
                .put("time", facts.now().toString())
                .put("name", facts.who().name())
                .put("scope", facts.who().scope())
                .put("version", facts.who().version())
                .put("level", page.headline().level().word())
                .put("state", page.headline().state())
                .put("headline", page.headline().line());
        ArrayNode problems = json.putArray("problems");
        page.headline().problems().forEach(problem -> describe(problem, problems.addObject()));
        InstanceJson.describe(facts.instance(), facts.nanos(), json.putObject("postgres"));
        history(facts.history(), json);
        ArrayNode probes = json.putArray("probes");
        facts.probes().forEach(verdict -> describe(verdict, probes.addObject()));
        archive(facts, json.putObject("archive"));
        describe(facts.restore(), json.putObject("restore"));
        facts.backup().ifPresent(run -> BackupRunJson.describe(run, facts.now(), json.putObject("backup")));
        ArrayNode repositories = json.putArray("repositories");
        facts.repositories().forEach(stored -> describe(stored, facts, repositories.addObject()));
        ArrayNode slots = json.putArray("slots");
        page.slots().forEach(slot -> describe(slot, slots.addObject()));
        volumes(facts, json);
        facts.label().ifPresent(label -> LabelJson.describe(label, json));
        return json;
    }

    private static void describe(Problem problem, ObjectNode json) {
        json.put("level", problem.level().word())
                .put("area", lower(problem.area()))
                .put("text", problem.text());
    }

    private static void describe(Verdict verdict, ObjectNode json) {
        json.put("probe", verdict.name())
                .put("path", verdict.path())
                .put("status", verdict.status())
                .put("reason", verdict.reason());
    }

    private static void history(RoleHistory.Kept history, ObjectNode json) {
        ArrayNode changes = json.putArray("history");
        history.newestFirst()
                .forEach(change -> changes.addObject()
                        .put("time", change.time().toString())
                        .put("role", lower(change.role()))
                        .put("availability", lower(change.availability()))
                        .put("timeline", change.timeline() == 0 ? null : (Integer) change.timeline())
                        .put("cause", change.cause()));
        json.put("forgottenChanges", history.forgotten());
    }

    private static void archive(StatusFacts facts, ObjectNode json) {
        describe(facts.archive(), json);
        json.put("segments", facts.archived().segments())
                .put("bytes", facts.archived().bytes())
                .put("recentFiles", facts.rate().recentFiles())
                .put("recentBytes", facts.rate().recentBytes())
                .put("recentSeconds", facts.rate().recent().toSeconds());
        ArrayNode minutes = json.putArray("filesPerMinute");
        facts.rate().perMinute().forEach(minutes::add);
        facts.disks()
                .flatMap(look -> look.ready())
                .ifPresentOrElse(
                        ready -> json.put("waitingFiles", ready.files()).put("waitingSince", text(ready.oldest())),
                        () -> json.putNull("waitingFiles").putNull("waitingSince"));
    }

    private static void describe(WalCalls calls, ObjectNode json) {
        ObjectNode outcomes = json.putObject("outcomes");
        calls.outcomes().forEach(outcomes::put);
        describe(json, "lastSuccess", calls.lastSuccess());
        describe(json, "lastFailure", calls.lastFailure());
        json.put("failingSince", text(calls.failingSince()));
    }

    private static void describe(ObjectNode json, String name, Optional<WalCalls.Call> call) {
        if (call.isEmpty()) {
            json.putNull(name);
            return;
        }
        json.putObject(name)
                .put("file", call.get().file())
                .put("time", call.get().time().toString())
                .put("text", call.get().text());
    }

    private static void describe(StatusFacts.StoredIn stored, StatusFacts facts, ObjectNode json) {
        json.put("repository", stored.seen().repository())
                .put("optional", stored.lag().isPresent())
                .put("error", stored.seen().failure().map(f -> f.message()).orElse(null))
                .put("errorSince", text(stored.seen().failure().map(f -> f.since())));
        stored.lag().ifPresent(lag -> describe(lag, json.putObject("behind")));
        CatalogLook look = stored.seen().last();
        json.put("ageMs", look == null ? null : (Long) facts.age(stored.seen()).toMillis());
        if (look == null) {
            return;
        }
        look.window()
                .ifPresentOrElse(
                        window -> json.putObject("recoverable")
                                .put("from", window.from().toString())
                                .put("to", text(window.to())),
                        () -> json.putNull("recoverable"));
        look.wal()
                .ifPresent(wal -> json.putObject("wal")
                        .put("segments", wal.segments())
                        .put("bytes", wal.bytes())
                        .put("missing", wal.missing())
                        .put("timeline", wal.timeline())
                        .put("last", text(wal.last())));
        RepositoryHistory history = look.history();
        ArrayNode ranges = json.putArray("ranges");
        history.wal()
                .forEach(range -> ranges.addObject()
                        .put("timeline", range.timeline())
                        .put("first", range.first())
                        .put("last", range.last())
                        .put("segments", range.segments())
                        .put("from", range.from().toString())
                        .put("to", range.to().toString()));
        ArrayNode gaps = json.putArray("gaps");
        history.gaps()
                .forEach(gap -> gaps.addObject()
                        .put("timeline", gap.timeline())
                        .put("first", gap.first())
                        .put("last", gap.last())
                        .put("segments", gap.segments())
                        .put("after", text(gap.after()))
                        .put("before", text(gap.before())));
        ArrayNode backups = json.putArray("backups");
        history.backups().forEach(backup -> describe(backup, backups.addObject()));
        json.put("olderBackups", history.olderBackups());
    }

    private static void describe(RepositoryHistory.Backup backup, ObjectNode json) {
        json.put("id", backup.id())
                .put("state", lower(backup.state()))
                .put("begun", backup.begun().toString())
                .put("ended", text(backup.ended()))
                .put("timeline", backup.timeline() == 0 ? null : (Long) backup.timeline())
                .put("size", backup.bytes().orElse(null))
                .put("storedSize", backup.storedBytes())
                .put("keep", backup.keep())
                .put("recoverable", backup.leads())
                .put("failure", backup.failure().orElse(null));
    }

    private static void describe(RepositoryLag lag, ObjectNode json) {
        json.put("missingFiles", lag.missingFiles())
                .put("missingSince", text(lag.missingSince()))
                .put("compared", lag.compared())
                .put("lastError", lag.lastError().orElse(null));
    }

    private static void describe(Slot slot, ObjectNode json) {
        json.put("name", slot.name())
                .put("type", slot.type())
                .put("database", slot.database())
                .put("active", slot.active())
                .put("walStatus", slot.walStatus())
                .put("keptBytes", number(slot.keptBytes()))
                .put("safeBytes", number(slot.safeBytes()));
    }

    private static void volumes(StatusFacts facts, ObjectNode json) {
        ArrayNode volumes = json.putArray("volumes");
        facts.disks()
                .ifPresent(look -> look.volumes()
                        .forEach((name, volume) -> volumes.addObject()
                                .put("volume", name)
                                .put("size", volume.size())
                                .put("used", volume.used())
                                .put("available", volume.available())));
        json.put("volumesAgeMs", facts.diskAge().map(Duration::toMillis).orElse(null));
    }

    private static @Nullable String text(Optional<Instant> time) {
        return time.map(Instant::toString).orElse(null);
    }

    private static @Nullable Long number(OptionalLong number) {
        return number.isPresent() ? (Long) number.getAsLong() : null;
    }

    private static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
