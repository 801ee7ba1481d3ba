package io.pgsidecar.archive.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.pgsidecar.archive.codec.Compression;
import io.pgsidecar.archive.codec.Encryption;
import io.pgsidecar.archive.repository.Content;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.PutMode;
import io.pgsidecar.archive.repository.Repository;
import io.pgsidecar.archive.repository.filesystem.FilesystemStore;
import io.pgsidecar.archive.wal.WalRepository;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BackupPrunerTest {

    private static final Repository LAYOUT = new Repository("main");
    private static final Retention LAST_ONE = new Retention(Optional.of(1), Optional.empty(), 1);
    private static final int BACKUPS = 3;

    @TempDir
    Path folder;

    @Test
    void whereverItIsInterruptedWhatLooksGoodIsAndItCanBeDoneAgain() throws Exception {
        boolean succeeded = false;
        for (int failing = 1; !succeeded; failing++) {
            try (ObjectStore store = FilesystemStore.open(folder)) {
                fill(store);
                try {
                    BackupPruner.Removed ignored = prune(failingAt(failing, store));
                    succeeded = true;
                } catch (BackupException e) {
                    assertThat(e.reason()).isEqualTo(BackupException.Reason.REPOSITORY_UNAVAILABLE);
                }
                requireWalOfGoodOnes(store, "call " + failing);
                assertThat(prune(store).bytes()).isNotNegative();
                assertThat(new BackupCatalog("r1", store, LAYOUT, Encryption.NONE).list(Instant.now()))
                        .hasSize(1);
                assertThat(store.stat(wal(segment(5)))).isEmpty();
                assertThat(store.stat(wal(segment(6)))).isPresent();
            }
        }
    }

    @Test
    void aBackupThatWasBegunAfterTheDecisionKeepsAllWal() throws Exception {
        try (ObjectStore store = FilesystemStore.open(folder)) {
            fill(store);
            BackupPruner pruner = pruner(store);
            RetentionPlan plan = pruner.plan(LAST_ONE, Instant.now());
            // Of a standby, whose last restart point may be older than all backups that stay.
            put(store, LAYOUT.backupNotes("20260109T000000").child("claim.json"), "{}");
            assertThatExceptionOfType(BackupException.class)
                    .isThrownBy(() -> {
                        var ignored = pruner.apply(plan, false);
                    })
                    .matches(e -> e.reason() == BackupException.Reason.BUSY)
                    .withMessageContaining("20260109T000000");
            assertThat(store.stat(wal(segment(1)))).isPresent();
        }
    }

    @Test
    void nothingGoesWhereBackupsOfTwoClustersLie() throws Exception {
        try (ObjectStore store = FilesystemStore.open(folder)) {
            fill(store);
            put(
                    store,
                    ObjectKey.of("main", "pgsidecar", "repository.json"),
                    "{\"format\":1,\"systemIdentifier\":\"7\",\"walSegmentSize\":1048576,\"created\":\"2026-01-01T00:00:00Z\"}");
            assertThatExceptionOfType(BackupException.class)
                    .isThrownBy(() -> {
                        var ignored = prune(store);
                    })
                    .matches(e -> e.reason() == BackupException.Reason.OTHER_CLUSTER);
        }
    }

    private static BackupPruner.Removed prune(ObjectStore store) throws BackupException, InterruptedException {
        BackupPruner pruner = pruner(store);
        return pruner.apply(pruner.plan(LAST_ONE, Instant.now()), false);
    }

    private static BackupPruner pruner(ObjectStore store) {
        return new BackupPruner(
                new BackupCatalog("r1", store, LAYOUT, Encryption.NONE),
                new WalRepository("r1", store, LAYOUT, Compression.NONE, 0),
                store,
                LAYOUT);
    }

    private void fill(ObjectStore store) throws IOException {
        put(
                store,
                ObjectKey.of("main", "pgsidecar", "repository.json"),
                "{\"format\":1,\"systemIdentifier\":\"1\",\"walSegmentSize\":1048576,\"created\":\"2026-01-01T00:00:00Z\"}");
        for (int number = 1; number <= 8; number++) {
            put(store, wal(segment(number)), "x");
        }
        for (int i = 1; i <= BACKUPS; i++) {
            CatalogEntry backup = RetentionScenario.done(
                    RetentionScenario.day(i),
                    RetentionScenario.day(i).plusSeconds(60),
                    1,
                    2L * i * RetentionScenario.SIZE + 40,
                    2L * i * RetentionScenario.SIZE + 400,
                    false);
            String id = backup.id().value();
            put(store, LAYOUT.backup(id).child("data.tar.zst"), "x");
            ObjectKey claim = LAYOUT.backupNotes(id).child("claim.json");
            put(store, claim, "{}");
            Files.setLastModifiedTime(
                    folder.resolve(claim.value()), FileTime.from(backup.id().time()));
            put(store, LAYOUT.backupInfo(id), BackupInfoFile.write(backup.info().orElseThrow()));
        }
    }

    private static void requireWalOfGoodOnes(ObjectStore store, String when) throws Exception {
        for (CatalogEntry entry : new BackupCatalog("r1", store, LAYOUT, Encryption.NONE).list(Instant.now())) {
            if (entry.state() == CatalogEntry.State.DONE) {
                long begin = entry.info().orElseThrow().begin().lsn() / RetentionScenario.SIZE;
                for (long number = begin; number <= 8; number++) {
                    assertThat(store.stat(wal(segment(number))))
                            .as("%s: segment %d for backup %s", when, number, entry.id())
                            .isPresent();
                }
            } else {
                assertThat(entry.state()).isEqualTo(CatalogEntry.State.DEAD);
            }
        }
    }

    private static String segment(long number) {
        return "%08X%08X%08X".formatted(1, 0, number);
    }

    private static ObjectKey wal(String segment) {
        return LAYOUT.segment(segment.substring(0, 16), segment);
    }

    private static void put(ObjectStore store, ObjectKey key, String content) throws IOException {
        store.put(key, Content.of(content), PutMode.REPLACE);
    }

    private static ObjectStore failingAt(int number, ObjectStore store) {
        AtomicInteger calls = new AtomicInteger();
        return (ObjectStore) Proxy.newProxyInstance(
                ObjectStore.class.getClassLoader(), new Class<?>[] {ObjectStore.class}, (proxy, method, arguments) -> {
                    if (calls.incrementAndGet() == number) {
                        throw new ObjectStoreException(ObjectStoreException.Reason.UNAVAILABLE, "it is away", null);
                    }
                    try {
                        return method.invoke(store, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
