package io.pgsidecar.agent.bootstrap;

import io.pgsidecar.agent.ExitCode;
import io.pgsidecar.agent.Repositories;
import io.pgsidecar.archive.backup.BackupException;
import io.pgsidecar.archive.backup.BackupInfo;
import io.pgsidecar.archive.backup.CatalogEntry;
import io.pgsidecar.archive.wal.TimelineHistory;
import io.pgsidecar.archive.wal.WalException;
import io.pgsidecar.archive.wal.WalInspector;
import io.pgsidecar.archive.wal.WalSurvey;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.stream.Stream;

/** Looks what the repositories have of the cluster; changes nothing. */
record ArchiveLook(List<Repositories.Open> repositories) {

    Archived look() throws InterruptedException {
        int read = 0;
        Optional<Archived.Failure> failure = Optional.empty();
        Optional<Long> identifier = Optional.empty();
        long newest = 0;
        int backups = 0;
        Map<Long, TimelineHistory> histories = new HashMap<>();
        for (Repositories.Open repository : repositories) {
            try {
                Optional<WalSurvey> wal = new WalInspector(repository.wal()).find();
                List<BackupInfo> restorable = restorable(repository);
                // An optional one may lag: what it does not know proves nothing.
                read += repository.optional() ? 0 : 1;
                backups += restorable.size();
                Optional<Long> found = wal.map(WalSurvey::systemIdentifier)
                        .or(() -> restorable.stream()
                                .map(BackupInfo::systemIdentifier)
                                .findFirst());
                if (identifier.isPresent() && found.isPresent() && !identifier.equals(found)) {
                    failure = Optional.of(new Archived.Failure(
                            ExitCode.OTHER_CLUSTER,
                            "the repositories are of different clusters: \"%s\" of %s, another of %s"
                                    .formatted(
                                            repository.name(),
                                            Long.toUnsignedString(found.get()),
                                            Long.toUnsignedString(identifier.get())),
                            Optional.of("Set \"server\" and the repositories' paths so that all are this cluster's.")));
                } else {
                    identifier = identifier.or(() -> found);
                    wal.ifPresent(survey -> histories.putAll(survey.histories()));
                    newest = Math.max(newest, wal.map(ArchiveLook::newest).orElse(0L));
                }
            } catch (WalException e) {
                BackupException asBackups = BackupException.of(e);
                failure = Optional.of(new Archived.Failure(
                        ExitCode.of(asBackups.reason()), String.valueOf(e.getMessage()), e.hint()));
            } catch (BackupException e) {
                failure = Optional.of(new Archived.Failure(ExitCode.of(e.reason()), e.getMessage(), e.hint()));
            }
        }
        return new Archived(repositories.size(), read, failure, identifier, newest, histories, backups);
    }

    /** Those that are finished and good. */
    static List<BackupInfo> restorable(Repositories.Open repository) throws BackupException, InterruptedException {
        return repository.backups().list(Instant.now()).stream()
                .filter(entry -> entry.state() == CatalogEntry.State.DONE)
                .flatMap(entry -> entry.info().stream())
                .toList();
    }

    /** Also of one whose history cannot be read. */
    private static long newest(WalSurvey survey) {
        return Stream.of(survey.inventory().timelines(), (Map<Long, ?>) survey.histories(), (NavigableMap<Long, ?>)
                        survey.unreadableHistories())
                .flatMap(each -> each.keySet().stream())
                .mapToLong(Long::longValue)
                .max()
                .orElse(0);
    }
}
