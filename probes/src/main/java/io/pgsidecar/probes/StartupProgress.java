package io.pgsidecar.probes;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * What can be seen from outside of a server that takes no sessions yet: its files. How far crash recovery is it writes
 * nowhere but in its log and in a process title, which another container cannot see.
 */
final class StartupProgress {

    private StartupProgress() {}

    /** One line for a person; empty if nothing can be seen. */
    static Optional<String> of(ClusterSigns signs, Optional<ControlFile> control, Instant now) {
        Optional<String> doing = doing(signs, control);
        return doing.map(text -> signs.started()
                .map(started -> "%s, for %d s"
                        .formatted(
                                text, Math.max(0, Duration.between(started, now).toSeconds())))
                .orElse(text));
    }

    private static Optional<String> doing(ClusterSigns signs, Optional<ControlFile> control) {
        if (signs.postmaster().filter("standby"::equals).isPresent()) {
            return Optional.of("a standby that takes no queries (hot_standby = off)"
                    + control.map(StartupProgress::restartPoint).orElse(""));
        }
        return control.flatMap(file -> switch (file.state()) {
            case IN_CRASH_RECOVERY ->
                Optional.of("in crash recovery from %s on timeline %d"
                        .formatted(file.redo().asString(), file.timeline()));
            case IN_ARCHIVE_RECOVERY -> Optional.of("in archive recovery" + restartPoint(file) + consistency(file));
            // pg_control still tells of the run that has ended.
            case IN_PRODUCTION, SHUTDOWNING -> Optional.of("about to recover from a crash");
            case STARTUP, SHUTDOWNED, SHUTDOWNED_IN_RECOVERY -> Optional.of("starting");
        });
    }

    private static String restartPoint(ControlFile file) {
        return ", restart point %s on timeline %d".formatted(file.redo().asString(), file.timeline());
    }

    private static String consistency(ControlFile file) {
        if (file.inBackup()) {
            return ", not consistent before the end of its base backup";
        }
        return file.consistentAt().asLong() == 0
                ? ""
                : ", consistent at " + file.consistentAt().asString();
    }
}
