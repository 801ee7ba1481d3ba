package io.pgsidecar.agent.http;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pgsidecar.agent.backup.BackupRunJson;
import io.pgsidecar.agent.backup.BackupRunner;
import io.pgsidecar.archive.backup.BackupException;
import java.time.InstantSource;

/**
 * Backups over the Unix socket: {@code POST /v1/backup/start}, {@code POST /v1/backup/cancel}, {@code GET /v1/backup}.
 * Each is answered at once; a backup goes on whether or not anybody watches it.
 */
final class BackupApi {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final BackupRunner backups;
    private final InstantSource clock;

    BackupApi(BackupRunner backups, InstantSource clock) {
        this.backups = backups;
        this.clock = clock;
    }

    Reply start() {
        try {
            return Reply.json(
                    202, JSON.createObjectNode().put("run", backups.start()).toString());
        } catch (BackupException e) {
            return Reply.json(
                    e.reason() == BackupException.Reason.BUSY ? 409 : 503,
                    JSON.createObjectNode()
                            .put("error", e.getMessage())
                            .put("hint", e.hint().orElse(null))
                            .toString());
        }
    }

    Reply cancel() {
        return Reply.json(
                200, JSON.createObjectNode().put("cancelled", backups.cancel()).toString());
    }

    Reply show() {
        ObjectNode json = JSON.createObjectNode();
        describe(json);
        return Reply.json(200, json.toString());
    }

    /** Nothing if there was none since the agent's start. */
    void describe(ObjectNode json) {
        backups.current().ifPresent(run -> BackupRunJson.describe(run, clock.instant(), json.putObject("backup")));
    }
}
