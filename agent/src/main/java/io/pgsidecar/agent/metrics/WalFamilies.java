package io.pgsidecar.agent.metrics;

import io.pgsidecar.agent.ExitCode;
import io.pgsidecar.archive.wal.PrefetchStatus;
import io.pgsidecar.archive.wal.RepositoryLag;
import io.pgsidecar.probes.metrics.Family;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** How WAL is archived and brought back. */
final class WalFamilies {

    /** Each is there from the start, so that the first failure is an increase. */
    private static final List<ExitCode> FAILURES = List.of(
            ExitCode.BAD_REQUEST,
            ExitCode.BAD_SEGMENT,
            ExitCode.OTHER_CLUSTER,
            ExitCode.CONFLICT,
            ExitCode.REPOSITORY_UNAVAILABLE,
            ExitCode.REPOSITORY_DENIED,
            ExitCode.CORRUPT,
            ExitCode.AGENT_FAILED,
            ExitCode.STOPPING);

    private WalFamilies() {}

    static List<Family> archive(RequestCounts requests, ArchiveCounts archived) {
        Families families = new Families();
        ArchiveCounts.Totals totals = archived.totals();
        families.counter(
                "pgsidecar_archive_segments_total",
                "WAL segments that every repository has which is not optional, since the agent's start.",
                Map.of(),
                totals.segments());
        families.counter(
                "pgsidecar_archive_other_files_total",
                "Other files that every repository has which is not optional, since the agent's start: histories of timelines and backups, partial segments.",
                Map.of(),
                totals.others());
        families.counter(
                "pgsidecar_archive_ahead_files_total",
                "Files that were archived before PostgreSQL asked for them, since the agent's start.",
                Map.of(),
                totals.ahead());
        families.counter(
                "pgsidecar_archive_bytes_total",
                "WAL that was stored, in bytes before compression, since the agent's start.",
                Map.of(),
                totals.bytes());
        failures(
                families,
                "pgsidecar_archive_failures_total",
                "Calls of archive_command that failed, by reason, since the agent's start; PostgreSQL repeats each.",
                requests);
        families.time(
                "pgsidecar_archive_last_success_timestamp_seconds",
                "When this agent last archived a file or found it archived, in seconds since 1970; not there if it has not"
                        + " since its start.",
                Map.of(),
                later(totals.last(), requests.lastSuccess()));
        families.time(
                "pgsidecar_archive_last_failure_timestamp_seconds",
                "When a call of archive_command last failed; not there if none has since the agent's start.",
                Map.of(),
                requests.lastFailure());
        return families.all();
    }

    static List<Family> restore(RequestCounts requests, Optional<PrefetchStatus> prefetch) {
        Families families = new Families();
        for (ExitCode outcome : List.of(ExitCode.RESTORED, ExitCode.ABSENT)) {
            families.counter(
                    "pgsidecar_restore_files_total",
                    "Calls of restore_command that were answered: restored, or proven to be absent from the archive.",
                    Map.of("outcome", word(outcome)),
                    requests.count(word(outcome)));
        }
        failures(
                families,
                "pgsidecar_restore_failures_total",
                "Calls of restore_command to which there was no answer, by reason, since the agent's start.",
                requests);
        families.time(
                "pgsidecar_restore_last_success_timestamp_seconds",
                "When a call of restore_command was last answered; not there if none was since the agent's start.",
                Map.of(),
                requests.lastSuccess());
        families.time(
                "pgsidecar_restore_last_failure_timestamp_seconds",
                "When a call of restore_command last failed; not there if none has since the agent's start.",
                Map.of(),
                requests.lastFailure());
        prefetch.ifPresent(ahead -> {
            families.gauge(
                    "pgsidecar_restore_spool_segments",
                    "Segments that are fetched ahead of a recovery, or on their way.",
                    ahead.segments());
            families.gauge(
                    "pgsidecar_restore_spool_bytes", "Bytes of the spool that fetched segments take.", ahead.bytes());
            families.gauge(
                    "pgsidecar_restore_spool_unusable",
                    "1 if the spool cannot be used; recovery goes on without.",
                    ahead.problem().isPresent());
            families.counter(
                    "pgsidecar_restore_prefetched_segments_total",
                    "Segments that a recovery did not have to wait for in full, since the agent's start.",
                    Map.of(),
                    ahead.handedOver());
        });
        return families.all();
    }

    static List<Family> lags(List<RepositoryLag> lags, Instant now) {
        Families families = new Families();
        for (RepositoryLag lag : lags) {
            Map<String, String> labels = Map.of("repository", lag.repository());
            families.gauge(
                    "pgsidecar_repository_missing_files",
                    "Files that an optional repository is known to lack.",
                    labels,
                    lag.missingFiles());
            families.gauge(
                    "pgsidecar_repository_missing_seconds",
                    "Age of the oldest file that an optional repository is known to lack; 0 if it lacks none.",
                    labels,
                    lag.missingSince().map(since -> age(since, now)).orElse(0.0));
            families.gauge(
                    "pgsidecar_repository_compared",
                    "1 if an optional repository was compared with another one since the agent's start, so that what is"
                            + " not counted as missing is there.",
                    labels,
                    lag.compared());
            families.gauge(
                    "pgsidecar_repository_failing",
                    "1 while the last try to bring an optional repository what it lacks has failed.",
                    labels,
                    lag.lastError().isPresent());
        }
        return families.all();
    }

    static double age(Instant since, Instant now) {
        return Math.max(0, Families.seconds(Duration.between(since, now)));
    }

    private static void failures(Families families, String name, String help, RequestCounts requests) {
        for (ExitCode reason : FAILURES) {
            families.counter(name, help, Map.of("reason", word(reason)), requests.count(word(reason)));
        }
    }

    private static String word(ExitCode outcome) {
        return Objects.requireNonNull(outcome.outcome());
    }

    private static Optional<Instant> later(Optional<Instant> one, Optional<Instant> other) {
        return one.isEmpty() || other.filter(one.get()::isBefore).isPresent() ? other : one;
    }
}
