package io.pgsidecar.agent.backup;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pgsidecar.archive.backup.BackupException;
import io.pgsidecar.archive.backup.BackupId;
import io.pgsidecar.archive.backup.BackupInfo;
import io.pgsidecar.archive.backup.CatalogEntry;
import io.pgsidecar.archive.backup.VerifyReport;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The same for programs. Times are ISO 8601, sizes bytes, durations seconds. */
public final class BackupJson {

    private static final ObjectMapper JSON = new ObjectMapper();

    private BackupJson() {}

    /** An array with an object for each repository. */
    public static String list(List<ListedBackups> all) {
        ArrayNode array = JSON.createArrayNode();
        for (ListedBackups listed : all) {
            ObjectNode node = array.addObject();
            node.put("repository", listed.repository());
            node.put("error", listed.error().map(BackupException::getMessage).orElse(null));
            ArrayNode backups = node.putArray("backups");
            for (CatalogEntry entry : listed.backups()) {
                ObjectNode backup = backups.addObject();
                put(entry, backup);
                listed.windows().ifPresent(windows -> window(Optional.ofNullable(windows.get(entry.id())), backup));
            }
        }
        return array.toPrettyString();
    }

    /** All of one. */
    public static String show(String repository, CatalogEntry entry) {
        ObjectNode node = JSON.createObjectNode().put("repository", repository);
        put(entry, node);
        return node.toPrettyString();
    }

    /** What was done with one. */
    public static String done(String repository, BackupId id, String what) {
        return JSON.createObjectNode()
                .put("repository", repository)
                .put("id", id.value())
                .put("done", what)
                .toPrettyString();
    }

    /** Null if the backup leads to no point in time. */
    private static void window(Optional<VerifyReport.Window> window, ObjectNode node) {
        if (window.isEmpty()) {
            node.putNull("recoverable");
            return;
        }
        node.putObject("recoverable")
                .put("from", window.get().from().toString())
                .put("lastSegment", window.get().last().toString())
                .put("to", window.get().lastStored().map(Instant::toString).orElse(null));
    }

    /** What verifying one has shown; what a restored copy has is added by who restored it. */
    public static ObjectNode verified(String repository, VerifyReport report) {
        ObjectNode node = JSON.createObjectNode()
                .put("repository", repository)
                .put("id", report.id().value())
                .put("good", report.isGood())
                .put("manifest", report.manifest())
                .put("tars", report.tars())
                .put("storedSize", report.storedBytes())
                .put("files", report.files())
                .put("size", report.bytes());
        window(report.window(), node);
        ArrayNode findings = node.putArray("findings");
        report.findings()
                .forEach(finding -> findings.addObject()
                        .put("kind", VerifyText.word(finding.kind()))
                        .put("warning", finding.kind().isWarning())
                        .put("object", finding.object())
                        .put("text", finding.text()));
        node.put("moreFindings", report.more());
        node.put("error", report.failure().map(BackupException::getMessage).orElse(null));
        return node;
    }

    private static void put(CatalogEntry entry, ObjectNode node) {
        node.put("id", entry.id().value());
        node.put("type", "full");
        node.put("state", entry.state().name().toLowerCase(Locale.ROOT));
        node.put("keep", entry.keep());
        node.put("failure", entry.failure().orElse(null));
        node.put("begun", entry.begun().toString());
        node.put("storedSize", entry.storedSize());
        node.put("duration", entry.duration().map(Duration::toSeconds).orElse(null));
        entry.info().ifPresent(info -> put(info, node));
    }

    private static void put(BackupInfo info, ObjectNode node) {
        node.put("size", info.clusterSize().orElse(null));
        node.put("timeline", info.timeline());
        node.put("serverVersion", info.serverVersion());
        // As text: it has more bits than a number of JSON has in most readers.
        node.put("systemIdentifier", Long.toUnsignedString(info.systemIdentifier()));
        node.put("dataDirectory", info.dataDirectory());
        node.put("dataChecksums", info.dataChecksums());
        point(info.begin(), node.putObject("begin"));
        info.end().ifPresent(end -> point(end, node.putObject("end")));
        ArrayNode tablespaces = node.putArray("tablespaces");
        info.tablespaces()
                .forEach(tablespace -> tablespaces
                        .addObject()
                        .put("name", tablespace.name())
                        .put("oid", tablespace.oid())
                        .put("location", tablespace.location()));
    }

    private static void point(BackupInfo.Point point, ObjectNode node) {
        node.put("time", point.time().toString());
        node.put("lsn", BackupTables.lsn(point.lsn()));
        node.put("segment", point.segment());
    }
}
