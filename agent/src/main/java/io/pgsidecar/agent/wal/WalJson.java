package io.pgsidecar.agent.wal;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pgsidecar.archive.wal.ContentReport;
import io.pgsidecar.archive.wal.SegmentRange;
import io.pgsidecar.archive.wal.StoredObjects;
import io.pgsidecar.archive.wal.TimelineHistory;
import io.pgsidecar.archive.wal.WalContinuity;
import io.pgsidecar.archive.wal.WalGap;
import io.pgsidecar.archive.wal.WalSurvey;
import io.pgsidecar.archive.wal.WalTail;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The same for programs: an array with an object for each repository. Times are ISO 8601, sizes bytes. */
public final class WalJson {

    private static final ObjectMapper JSON = new ObjectMapper();

    private WalJson() {}

    /** An array to add to. */
    public static ArrayNode array() {
        return JSON.createArrayNode();
    }

    /** What a repository has. */
    public static void list(RepositoryFindings repository, ArrayNode to) {
        ObjectNode node = to.addObject();
        node.put("repository", repository.name());
        node.put("error", repository.error().map(Throwable::getMessage).orElse(null));
        repository.survey().ifPresent(survey -> survey(survey, node));
    }

    private static void survey(WalSurvey survey, ObjectNode node) {
        // As text: it has more bits than a number of JSON has in most readers.
        node.put("systemIdentifier", Long.toUnsignedString(survey.systemIdentifier()));
        node.put("segmentSize", survey.inventory().segmentSize());
        ArrayNode timelines = node.putArray("timelines");
        survey.inventory().timelines().forEach((timeline, ranges) -> {
            ObjectNode entry = timelines.addObject();
            entry.put("timeline", timeline);
            ArrayNode list = entry.putArray("ranges");
            ranges.forEach(range -> range(range, list.addObject()));
        });
        ArrayNode histories = node.putArray("histories");
        survey.inventory().histories().keySet().forEach(timeline -> {
            ObjectNode entry = histories.addObject();
            entry.put("timeline", timeline);
            TimelineHistory history = survey.histories().get(timeline);
            entry.put(
                    "parent",
                    history == null ? null : history.ancestors().getLast().timeline());
            entry.put(
                    "switchPoint",
                    history == null
                            ? null
                            : WalTables.lsn(history.ancestors().getLast().switchPoint()));
        });
        objects("partials", survey.partials(), node);
        objects("backupHistories", survey.backupHistories(), node);
        objects("duplicates", survey.inventory().duplicates(), node);
        objects("unknown", survey.inventory().unknown(), node);
    }

    private static void range(SegmentRange range, ObjectNode node) {
        node.put("first", range.firstName().toString());
        node.put("last", range.lastName().toString());
        node.put("segments", range.count());
        node.put("bytes", range.bytes());
        node.put("firstStored", range.firstStored().toString());
        node.put("lastStored", range.lastStored().toString());
    }

    private static void objects(String name, StoredObjects objects, ObjectNode node) {
        ObjectNode entry = node.putObject(name);
        entry.put("count", objects.count());
        entry.put("bytes", objects.bytes());
        ArrayNode examples = entry.putArray("examples");
        objects.examples().forEach(key -> examples.add(key.value()));
    }

    /** What is to be said of a repository; {@code result} is the worst of its findings. */
    public static void verdict(RepositoryFindings repository, List<WalFinding> findings, ArrayNode to) {
        ObjectNode node = to.addObject();
        node.put("repository", repository.name());
        node.put("result", word(Verdict.worst(findings)));
        repository.continuity().ifPresent(continuity -> continuity(continuity, repository.tail(), node));
        repository.tail().ifPresent(tail -> {
            files(tail.waiting(), node.putObject("waiting"));
            files(tail.lost(), node.putObject("lost"));
        });
        repository.content().ifPresent(content -> content(content, node.putObject("content")));
        ArrayNode list = node.putArray("findings");
        for (WalFinding finding : findings) {
            ObjectNode entry = list.addObject();
            entry.put("level", word(finding.level()));
            entry.put("subject", finding.subject());
            entry.put("text", finding.text());
            entry.put("remedy", finding.remedy());
        }
    }

    private static void continuity(WalContinuity continuity, Optional<WalTail> tail, ObjectNode node) {
        node.put("timeline", continuity.timeline());
        ArrayNode path = node.putArray("path");
        continuity.path().forEach(path::add);
        node.put("first", continuity.first().map(Object::toString).orElse(null));
        node.put("last", continuity.last().map(Object::toString).orElse(null));
        node.put("segments", continuity.segments());
        node.put("missing", continuity.missing());
        ArrayNode gaps = node.putArray("gaps");
        for (int i = 0; i < continuity.gaps().size(); i++) {
            WalGap gap = continuity.gaps().get(i);
            ObjectNode entry = gaps.addObject();
            entry.put("timeline", gap.timeline());
            entry.put("first", gap.firstName().toString());
            entry.put("last", gap.lastName().toString());
            entry.put("segments", gap.count());
            entry.put("storedBefore", gap.storedBefore().map(Instant::toString).orElse(null));
            entry.put("storedAfter", gap.storedAfter().map(Instant::toString).orElse(null));
            int index = i;
            entry.put(
                    "inPgWal", tail.map(compared -> compared.local().get(index)).orElse(null));
        }
        ArrayNode histories = node.putArray("missingHistories");
        continuity.missingHistories().forEach(histories::add);
    }

    private static void files(WalTail.Files files, ObjectNode node) {
        node.put("count", files.count());
        node.put("first", files.first().map(Object::toString).orElse(null));
        node.put("since", files.since().map(Instant::toString).orElse(null));
    }

    private static void content(ContentReport content, ObjectNode node) {
        node.put("read", content.read());
        node.put("bytes", content.bytes());
        node.put("damaged", content.damaged());
        node.put("locked", content.locked());
        node.put("complete", content.failure().isEmpty());
    }

    private static String word(WalFinding.Level level) {
        return level.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
