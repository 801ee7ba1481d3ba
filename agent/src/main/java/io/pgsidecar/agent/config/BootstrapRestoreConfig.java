package io.pgsidecar.agent.config;

import io.pgsidecar.archive.backup.BackupId;
import io.pgsidecar.archive.backup.RecoveryTarget;
import io.pgsidecar.archive.backup.RecoveryTarget.Stop;
import io.pgsidecar.archive.backup.TargetTimeline;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** The backup of another cluster that a new one begins as, where initdb would make an empty one. */
public record BootstrapRestoreConfig(
        @Setting(
                doc =
                        "The folder of another cluster, in the same repositories: a new cluster begins as a copy of that one. Left out, as initdb makes it.")
        Optional<ServerName> server,

        @Setting(doc = "The repository that it is read from; left out, the first that has a backup.")
        Optional<String> repository,

        @Setting(doc = "The backup; left out, the newest that leads to the target.")
        Optional<String> backup,

        @Setting(
                doc =
                        "The last transaction committed by then. Of the targets one at most; without any, the end of the WAL.")
        Optional<Instant> targetTime,

        @Setting(doc = "An address in the WAL, as in 16/B374D848.")
        Optional<String> targetLsn,

        @Setting(doc = "The end of a transaction.", min = "1", max = "4294967295")
        Optional<Long> targetXid,

        @Setting(doc = "A restore point of `pg_create_restore_point()`.")
        Optional<String> targetName,

        @Setting(doc = "Whether it ends just before the time, LSN or transaction.", byDefault = "false")
        boolean exclusive,

        @Setting(
                doc = "The timeline to recover along: latest, current (the backup's), or a number.",
                byDefault = "latest")
        String timeline) {

    public BootstrapRestoreConfig {
        if (server.isEmpty()) {
            nothingWithoutServer(repository, "repository");
            nothingWithoutServer(backup, "backup");
            nothingWithoutServer(targetTime, "targetTime");
            nothingWithoutServer(targetLsn, "targetLsn");
            nothingWithoutServer(targetXid, "targetXid");
            nothingWithoutServer(targetName, "targetName");
        }
        List<String> given = Stream.of(
                        targetTime.map(value -> "targetTime"),
                        targetLsn.map(value -> "targetLsn"),
                        targetXid.map(value -> "targetXid"),
                        targetName.map(value -> "targetName"))
                .flatMap(Optional::stream)
                .toList();
        if (given.size() > 1) {
            throw new SettingException(
                    given.get(1),
                    "must be left out, since %s is given: a recovery has one end".formatted(given.get(0)));
        }
        if (exclusive && targetTime.isEmpty() && targetLsn.isEmpty() && targetXid.isEmpty()) {
            throw new SettingException("exclusive", "must be false without targetTime, targetLsn or targetXid");
        }
        checked("backup", () -> backup.map(BackupId::new));
        checked("targetLsn", () -> targetLsn.map(TargetText::lsn));
        checked("targetName", () -> targetName.map(TargetText::name));
        checked("timeline", () -> new TargetTimeline(timeline));
    }

    private static void nothingWithoutServer(Optional<?> value, String component) {
        if (value.isPresent()) {
            throw new SettingException(component, "must be left out without server");
        }
    }

    private static void checked(String component, Supplier<?> made) {
        try {
            Object ignored = made.get();
        } catch (IllegalArgumentException e) {
            throw new SettingException(component, String.valueOf(e.getMessage()));
        }
    }

    /** Where the recovery ends, as a primary. */
    public RecoveryTarget target() {
        return new RecoveryTarget(stop(), !exclusive, new TargetTimeline(timeline), RecoveryTarget.Action.PROMOTE);
    }

    private Stop stop() {
        return targetTime
                .<Stop>map(Stop.Time::new)
                .or(() -> targetLsn.map(lsn -> new Stop.Lsn(TargetText.lsn(lsn))))
                .or(() -> targetXid.map(Stop.Xid::new))
                .or(() -> targetName.map(Stop.Name::new))
                .orElseGet(Stop.Latest::new);
    }
}
