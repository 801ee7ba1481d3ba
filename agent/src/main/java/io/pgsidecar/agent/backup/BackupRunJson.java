package io.pgsidecar.agent.backup;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pgsidecar.archive.backup.BackupException;
import io.pgsidecar.archive.backup.BackupProgress;
import io.pgsidecar.archive.backup.BaseBackup;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/** How a backup stands, for {@code /status} and for {@code backup now}. */
public final class BackupRunJson {

    private BackupRunJson() {}

    /** Describes a run as it is at a time. */
    public static void describe(BackupRun run, Instant now, ObjectNode json) {
        Instant until = run.finished().orElse(now);
        json.put("run", run.number())
                .put("state", state(run))
                .put("started", run.started().toString())
                .put("finished", run.finished().map(Instant::toString).orElse(null))
                .put("seconds", Duration.between(run.started(), until).toMillis() / 1000.0);
        run.progress().ifPresent(progress -> describe(progress, until, json));
        run.taken().ifPresent(taken -> describe(taken, json));
        run.failure().ifPresent(failure -> describe(failure, json));
    }

    private static String state(BackupRun run) {
        if (run.finished().isEmpty()) {
            return "running";
        }
        return run.taken().isPresent() ? "done" : "failed";
    }

    private static void describe(BackupProgress progress, Instant now, ObjectNode json) {
        json.put("backup", progress.id().value())
                .put("phase", word(progress.phase()))
                .put("bytesDone", progress.bytesDone())
                .put("bytesTotal", progress.bytesTotal())
                .put("bytesPerSecond", progress.rate(now));
        Optional<Duration> left = progress.left(now);
        if (left.isPresent()) {
            json.put("secondsLeft", left.get().toSeconds());
        } else {
            json.putNull("secondsLeft");
        }
    }

    private static void describe(BaseBackup.Taken taken, ObjectNode json) {
        json.put("files", taken.files())
                .put("storedBytes", taken.storedSize())
                .put("beginWal", taken.info().begin().segment())
                .put("endWal", taken.info().end().orElseThrow().segment())
                .put("damagedPages", taken.damagedPages().size());
        taken.without().forEach(json.putArray("without")::add);
    }

    private static void describe(BackupException failure, ObjectNode json) {
        json.put("error", failure.getMessage())
                .put("hint", failure.hint().orElse(null))
                .put("reason", word(failure.reason()));
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
