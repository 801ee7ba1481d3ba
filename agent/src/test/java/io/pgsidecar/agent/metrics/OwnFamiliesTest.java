package io.pgsidecar.agent.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.agent.backup.PruneTotals;
import io.pgsidecar.archive.wal.ArchivedFile;
import io.pgsidecar.archive.wal.ReadyBacklog;
import io.pgsidecar.archive.wal.WalArchiver;
import io.pgsidecar.archive.wal.WalFileName;
import io.pgsidecar.probes.Availability;
import io.pgsidecar.probes.InstanceReport;
import io.pgsidecar.probes.InstanceRole;
import io.pgsidecar.probes.InstanceState;
import io.pgsidecar.probes.metrics.Family;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OwnFamiliesTest {

    private static final Optional<CatalogWatch.Failure> AWAY =
            Optional.of(new CatalogWatch.Failure("it is away", OwnFamilies.NOW));

    @Test
    void aPrimaryTellsOfItsStandbys() {
        assertThat(lines(instance(OwnFamilies.primary())))
                .contains(
                        "pgsidecar_role{role=\"primary\"} 1.0",
                        "pgsidecar_role{role=\"replica\"} 0.0",
                        "pgsidecar_role{role=\"unknown\"} 0.0",
                        "pgsidecar_timeline 3.0",
                        "pgsidecar_wal_position_bytes 5.0331648E7",
                        "pgsidecar_synchronous_standbys_wanted 1.0",
                        "pgsidecar_synchronous_standbys 1.0",
                        "pgsidecar_commits_wait 0.0",
                        "pgsidecar_replication_clients 3.0",
                        "pgsidecar_standby_synchronous{application_name=\"a\",client_addr=\"\"} 1.0",
                        "pgsidecar_standby_lag_bytes{application_name=\"a\",client_addr=\"\"} 8388608.0",
                        // Two of one name: the one that is further behind.
                        "pgsidecar_standby_lag_bytes{application_name=\"b\",client_addr=\"\"} 1.6777216E7")
                .noneMatch(line -> line.startsWith("pgsidecar_replica_"));
    }

    @Test
    void aReplicaTellsOfItsReplay() {
        assertThat(lines(instance(OwnFamilies.replica())))
                .contains(
                        "pgsidecar_role{role=\"replica\"} 1.0",
                        "pgsidecar_wal_position_bytes 3.3554432E7",
                        "pgsidecar_replica_streaming 0.0",
                        "pgsidecar_replica_lag_bytes 1.6777216E7",
                        "pgsidecar_replica_lag_seconds 3.0",
                        "pgsidecar_replica_held_seconds 20.0",
                        "pgsidecar_replica_stuck 1.0",
                        "pgsidecar_replica_paused 0.0")
                .noneMatch(line -> line.startsWith("pgsidecar_commits_wait"));
    }

    @Test
    void subscriptionsTellOfErrorsAndConflicts() {
        String labels = "{datname=\"app\",subname=\"s\"}";
        assertThat(lines(instance(OwnFamilies.primary())))
                .contains(
                        "pgsidecar_subscription_running" + labels + " 1.0",
                        "pgsidecar_subscription_lag_bytes" + labels + " 32.0",
                        "pgsidecar_subscription_message_age_seconds" + labels + " 1.0",
                        "pgsidecar_subscription_apply_errors_total" + labels + " 1.0",
                        "pgsidecar_subscription_sync_errors_total" + labels + " 2.0",
                        "pgsidecar_subscription_conflicts_total" + labels + " 3.0");
    }

    @ParameterizedTest
    @EnumSource(Availability.class)
    void exactlyOneAvailabilityIsTrue(Availability availability) {
        InstanceState state = OwnFamilies.state(availability, InstanceRole.UNKNOWN, InstanceReport.NONE);
        assertThat(lines(instance(state)).stream()
                        .filter(line -> line.startsWith("pgsidecar_availability"))
                        .filter(line -> line.endsWith(" 1.0")))
                .containsExactly(
                        "pgsidecar_availability{availability=\"%s\"} 1.0".formatted(Families.word(availability)));
    }

    @Test
    void looksAreCountedAndChangesOfTheRole() {
        AtomicReference<InstanceState> now = new AtomicReference<>(InstanceState.unknown(0));
        LookCounts counts = new LookCounts(now::get);
        counts.run();
        for (InstanceRole role : List.of(InstanceRole.PRIMARY, InstanceRole.UNKNOWN, InstanceRole.PRIMARY)) {
            now.set(OwnFamilies.state(Availability.ACCEPTING, role, InstanceReport.NONE));
            counts.run();
        }
        assertThat(counts.roleChanges()).isZero();
        now.set(OwnFamilies.state(Availability.NO_ANSWER, InstanceRole.REPLICA, InstanceReport.NONE));
        counts.run();
        assertThat(counts.looks()).isEqualTo(5);
        assertThat(counts.errors()).isEqualTo(2);
        assertThat(counts.roleChanges()).isEqualTo(1);
    }

    @Test
    void archivedFilesAreCountedOnce() {
        ArchiveCounts counts = new ArchiveCounts(InstantSource.fixed(OwnFamilies.NOW), Durations.ofArchivedFiles());
        counts.accept(archived("000000010000000000000001", WalArchiver.Outcome.STORED, true));
        counts.accept(archived("000000010000000000000002", WalArchiver.Outcome.ALREADY_STORED, false));
        counts.accept(archived("00000002.history", WalArchiver.Outcome.STORED, false));
        RequestCounts requests = new RequestCounts(Durations.ofArchiveRequests());
        requests.add("archived", true, OwnFamilies.NOW.minusSeconds(9), 1);
        requests.add("repository-unavailable", false, OwnFamilies.NOW, 1);
        assertThat(lines(WalFamilies.archive(requests, counts)))
                .contains(
                        "pgsidecar_archive_segments_total 2.0",
                        "pgsidecar_archive_other_files_total 1.0",
                        "pgsidecar_archive_ahead_files_total 1.0",
                        "pgsidecar_archive_bytes_total 200.0",
                        "pgsidecar_archive_failures_total{reason=\"repository-unavailable\"} 1.0",
                        "pgsidecar_archive_failures_total{reason=\"conflict\"} 0.0",
                        "pgsidecar_archive_last_success_timestamp_seconds 1.795608E9");
    }

    @Test
    void theBacklogHasAnAge() {
        DiskLook look = new DiskLook(
                Map.of("pgdata", new DiskLook.Volume(100, 60, 30)),
                Optional.of(new ReadyBacklog(2, Optional.of(OwnFamilies.NOW.minusSeconds(90)))),
                OwnFamilies.NANOS - 5_000_000_000L);
        assertThat(lines(DiskFamilies.of(look, OwnFamilies.NOW, OwnFamilies.NANOS)))
                .contains(
                        "pgsidecar_archive_ready_files 2.0",
                        "pgsidecar_archive_ready_oldest_age_seconds 90.0",
                        "pgsidecar_disk_age_seconds 5.0",
                        "pgsidecar_volume_used_ratio{volume=\"pgdata\"} 0.6666666666666666");
    }

    @Test
    void aFailureOfThisAgentCountsBesideThoseOfTheRepository() {
        List<CatalogWatch.Seen> seen = List.of(
                new CatalogWatch.Seen("main", OwnFamilies.catalog(), OwnFamilies.NANOS, Optional.empty(), 1, 0));
        assertThat(lines(BackupFamilies.ended(seen, Optional.of(OwnFamilies.NOW.plusSeconds(10)))))
                .contains(
                        "pgsidecar_backup_last_success_timestamp_seconds{repository=\"main\"} 1.795608E9",
                        "pgsidecar_backup_last_failure_timestamp_seconds{repository=\"main\"} 1.79560801E9");
        assertThat(lines(BackupFamilies.ended(
                        List.of(new CatalogWatch.Seen("main", null, 0, AWAY, 1, 1)), Optional.empty())))
                .isEmpty();
    }

    @Test
    void aRepositoryThatNobodyCouldLookIntoTellsNothing() {
        assertThat(lines(CatalogFamilies.of(
                        List.of(new CatalogWatch.Seen("main", null, 0, AWAY, 3, 3)), OwnFamilies.NANOS)))
                .containsExactlyInAnyOrder(
                        "pgsidecar_catalog_looks_total{repository=\"main\"} 3.0",
                        "pgsidecar_catalog_errors_total{repository=\"main\"} 3.0",
                        "pgsidecar_catalog_failing{repository=\"main\"} 1.0");
    }

    @Test
    void theRetentionTellsWhatItRemoved() {
        assertThat(lines(BackupFamilies.retention(Map.of("main", new PruneTotals(Optional.empty(), 1, 20, 300, 4)))))
                .containsExactlyInAnyOrder(
                        "pgsidecar_retention_failures_total{repository=\"main\"} 4.0",
                        "pgsidecar_retention_removed_backups_total{repository=\"main\"} 1.0",
                        "pgsidecar_retention_removed_segments_total{repository=\"main\"} 20.0",
                        "pgsidecar_retention_removed_bytes_total{repository=\"main\"} 300.0");
    }

    @Test
    void memoryIsReadFromLinux() {
        assertThat(ProcessFamilies.kilobytes("Name:\tjava\nVmSize:\t  12 kB\nVmRSS:\t   34 kB\n", "VmRSS:"))
                .hasValue(34);
        assertThat(ProcessFamilies.kilobytes("", "VmRSS:")).isEmpty();
    }

    @Test
    void durationsFallIntoTheirBuckets() {
        Durations durations = Durations.ofArchivedFiles();
        durations.add(1_000_000);
        durations.add(30_000_000);
        durations.add(3_600_000_000_000L);
        String text = Representation.Format.TEXT.writer().toDebugString(new MetricSnapshots(durations.snapshot()));
        assertThat(text)
                .contains(
                        "pgsidecar_archive_seconds_bucket{le=\"0.001\"} 1\n",
                        "pgsidecar_archive_seconds_bucket{le=\"0.025\"} 1\n",
                        "pgsidecar_archive_seconds_bucket{le=\"0.05\"} 2\n",
                        "pgsidecar_archive_seconds_bucket{le=\"60.0\"} 2\n",
                        "pgsidecar_archive_seconds_bucket{le=\"+Inf\"} 3\n",
                        "pgsidecar_archive_seconds_count 3\n",
                        "pgsidecar_archive_seconds_sum 3600.031\n");
    }

    private static ArchivedFile archived(String name, WalArchiver.Outcome outcome, boolean ahead) {
        return new ArchivedFile(WalFileName.parse(name), outcome, 100, ahead, Duration.ofMillis(5));
    }

    private static List<Family> instance(InstanceState state) {
        return InstanceFamilies.of(state, OwnFamilies.NANOS, new LookCounts(() -> state));
    }

    private static List<String> lines(List<Family> families) {
        return Representation.Format.TEXT
                .writer()
                .toDebugString(Page.of(List.of(), families, Set.of()).snapshots())
                .lines()
                .filter(line -> !line.startsWith("#"))
                .toList();
    }
}
