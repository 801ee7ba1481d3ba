package io.pgsidecar.archive.backup;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pgsidecar.archive.repository.Content;
import io.pgsidecar.archive.repository.PutMode;
import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is noted of a backup in the repositories while it is taken, for others to see. */
final class BackupNotes {

    private static final Logger log = LoggerFactory.getLogger(BackupNotes.class);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final List<BackupTarget> targets;
    private final InstantSource clock;

    BackupNotes(List<BackupTarget> targets, InstantSource clock) {
        this.targets = targets;
        this.clock = clock;
    }

    /**
     * Takes the name.
     *
     * @throws io.pgsidecar.archive.repository.ObjectExistsException if a repository knows it already
     */
    void claim(BackupId id, String host, String source) throws IOException {
        ObjectNode claim = JSON.createObjectNode()
                .put("backup", id.value())
                .put("host", host)
                .put("started", clock.instant().toString())
                .put("source", source);
        for (BackupTarget target : targets) {
            target.attempt(() -> put(target, id, "claim.json", claim, PutMode.CREATE));
        }
    }

    /** Says that the backup is alive. A failure ends nothing: the backup itself will meet it. */
    void heartbeat(BackupProgress progress) {
        note(
                progress.id(),
                "heartbeat.json",
                JSON.createObjectNode()
                        .put("at", clock.instant().toString())
                        .put(
                                "phase",
                                progress.phase().name().toLowerCase(Locale.ROOT).replace('_', '-'))
                        .put("bytesDone", progress.bytesDone())
                        .put("bytesTotal", progress.bytesTotal()));
    }

    /** Says that the backup was given up. */
    void failed(BackupId id, String error) {
        note(
                id,
                "failed.json",
                JSON.createObjectNode().put("at", clock.instant().toString()).put("error", error));
    }

    private void note(BackupId id, String name, ObjectNode note) {
        for (BackupTarget target : targets) {
            if (!target.isLost()) {
                try {
                    put(target, id, name, note, PutMode.REPLACE);
                } catch (IOException | RuntimeException e) {
                    log.atWarn()
                            .addKeyValue("backup", id)
                            .addKeyValue("repository", target.name())
                            .log("Could not store {}: {}", name, e.getMessage());
                }
            }
        }
    }

    private static void put(BackupTarget target, BackupId id, String name, ObjectNode note, PutMode mode)
            throws IOException {
        target.store()
                .put(
                        target.layout().backupNotes(id.value()).child(name),
                        Content.of(note.toPrettyString() + "\n"),
                        mode);
    }
}
