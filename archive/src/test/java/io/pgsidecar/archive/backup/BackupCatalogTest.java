package io.pgsidecar.archive.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.pgsidecar.archive.codec.Compression;
import io.pgsidecar.archive.codec.Encryption;
import io.pgsidecar.archive.repository.Content;
import io.pgsidecar.archive.repository.ObjectInfo;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.PutMode;
import io.pgsidecar.archive.repository.Repository;
import io.pgsidecar.archive.repository.filesystem.FilesystemStore;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BackupCatalogTest {

    private static final Repository LAYOUT = new Repository("main");
    private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");
    private static final BackupId ID = new BackupId("20261125T101502");

    @TempDir
    Path folder;

    private ObjectStore store;
    private BackupCatalog catalog;

    @BeforeEach
    void open() {
        store = FilesystemStore.open(folder);
        catalog = catalog(store);
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    private static BackupCatalog catalog(ObjectStore store) {
        return new BackupCatalog("r1", store, LAYOUT, Encryption.NONE);
    }

    private static BackupInfo info(BackupId id, BackupInfo.Status status) {
        String segment = "000000010000000000000006";
        Instant begin = id.time();
        return new BackupInfo(
                id,
                status,
                170002,
                1,
                1,
                16 << 20,
                "/data",
                new BackupInfo.Point(segment, 0x6000028, begin),
                status == BackupInfo.Status.DONE
                        ? Optional.of(new BackupInfo.Point(segment, 0x6000138, begin.plusSeconds(60)))
                        : Optional.empty(),
                Optional.empty(),
                List.of(),
                Optional.of(Compression.ZSTD),
                true,
                Optional.of(1000L),
                status == BackupInfo.Status.FAILED ? Optional.of("the disk is full") : Optional.empty());
    }

    private void put(ObjectKey key, String content) throws IOException {
        store.put(key, Content.of(content), PutMode.REPLACE);
    }

    private void note(BackupId id, String name, String content, Instant at) throws IOException {
        ObjectKey key = LAYOUT.backupNotes(id.value()).child(name);
        put(key, content);
        Files.setLastModifiedTime(folder.resolve(key.value()), FileTime.from(at));
    }

    private void tars(BackupId id, Instant at) throws IOException {
        for (String name : new String[] {"data.tar.zst", "data_0001.tar.zst", "16387.tar.zst"}) {
            ObjectKey key = LAYOUT.backup(id.value()).child(name);
            put(key, "0123456789");
            Files.setLastModifiedTime(folder.resolve(key.value()), FileTime.from(at));
        }
    }

    private void whole(BackupId id) throws IOException {
        tars(id, id.time());
        note(id, "claim.json", "{}", id.time());
        note(id, "heartbeat.json", "{}", id.time());
        note(id, "manifest.json", "{}", id.time());
        put(LAYOUT.backupInfo(id.value()), BackupInfoFile.write(info(id, BackupInfo.Status.DONE)));
    }

    private CatalogEntry only() throws Exception {
        List<CatalogEntry> all = catalog.list(NOW);
        assertThat(all).hasSize(1);
        assertThat(catalog.find(all.getFirst().id().value(), NOW)).isEqualTo(all.getFirst());
        return all.getFirst();
    }

    private List<ObjectKey> all() throws IOException {
        try (Stream<ObjectInfo> objects = store.list(ObjectKey.ROOT)) {
            return objects.map(ObjectInfo::key).toList();
        }
    }

    @Test
    void anEmptyRepositoryHasNone() throws Exception {
        assertThat(catalog.list(NOW)).isEmpty();
        assertThatExceptionOfType(BackupException.class)
                .isThrownBy(() -> catalog.find("latest"))
                .satisfies(e -> assertThat(e.reason()).isEqualTo(BackupException.Reason.BAD_REQUEST));
        assertThatExceptionOfType(BackupException.class)
                .isThrownBy(() -> catalog.find(ID.value()))
                .withMessage("repository \"r1\" has no backup 20261125T101502");
        assertThatExceptionOfType(BackupException.class)
                .isThrownBy(() -> catalog.find("yesterday"))
                .withMessageContaining("looks like 20261125T101502");
    }

    @Test
    void aRepositoryThatIsAwayIsNotEmpty() {
        BackupCatalog away = catalog(FilesystemStore.open(folder.resolve("not-mounted")));
        assertThatExceptionOfType(BackupException.class)
                .isThrownBy(() -> away.list(NOW))
                .satisfies(e -> assertThat(e.reason()).isEqualTo(BackupException.Reason.REPOSITORY_UNAVAILABLE));
    }

    @Test
    void aFinishedOneIsDone() throws Exception {
        whole(ID);
        CatalogEntry entry = only();
        assertThat(entry.state()).isEqualTo(CatalogEntry.State.DONE);
        assertThat(entry.info()).contains(info(ID, BackupInfo.Status.DONE));
        assertThat(entry.duration()).contains(Duration.ofMinutes(1));
        assertThat(entry.storedSize())
                .isEqualTo(30
                        + store.stat(LAYOUT.backupInfo(ID.value()))
                                .orElseThrow()
                                .size());
        assertThat(entry.failure()).isEmpty();
    }

    @Test
    void oneWhoseHeartbeatIsMissingIsDead() throws Exception {
        tars(ID, NOW);
        note(ID, "claim.json", "{}", NOW.minusSeconds(300));
        assertThat(only().state()).isEqualTo(CatalogEntry.State.DEAD);
        note(ID, "heartbeat.json", "{}", NOW.minusSeconds(121));
        assertThat(only().state()).isEqualTo(CatalogEntry.State.DEAD);
        note(ID, "heartbeat.json", "{}", NOW.minusSeconds(119));
        assertThat(only().state()).isEqualTo(CatalogEntry.State.RUNNING);
    }

    @Test
    void oneThatIsOnlyClaimedRuns() throws Exception {
        note(ID, "claim.json", "{}", NOW.minusSeconds(1));
        assertThat(only().state()).isEqualTo(CatalogEntry.State.RUNNING);
    }

    @Test
    void whatAnotherProgramTakesHasNoHeartbeat() throws Exception {
        tars(ID, NOW.minus(Duration.ofHours(23)));
        assertThat(only().state()).isEqualTo(CatalogEntry.State.RUNNING);
        tars(ID, NOW.minus(Duration.ofHours(25)));
        assertThat(only().state()).isEqualTo(CatalogEntry.State.DEAD);
    }

    @Test
    void aFailedOneSaysWhy() throws Exception {
        note(ID, "claim.json", "{}", NOW);
        note(ID, "failed.json", "{\"at\":\"2026-11-25T10:16:00Z\",\"error\":\"no space left\"}", NOW);
        assertThat(only().state()).isEqualTo(CatalogEntry.State.FAILED);
        assertThat(only().failure()).contains("no space left");
        put(LAYOUT.backupInfo(ID.value()), BackupInfoFile.write(info(ID, BackupInfo.Status.FAILED)));
        assertThat(only().state()).isEqualTo(CatalogEntry.State.FAILED);
        assertThat(only().failure()).contains("the disk is full");
    }

    @Test
    void oneThatCannotBeReadHidesNoOther() throws Exception {
        whole(ID);
        BackupId damaged = new BackupId("20261125T111502");
        whole(damaged);
        put(LAYOUT.backupInfo(damaged.value()), "status=DONE\n");
        BackupId empty = new BackupId("20261125T113000");
        put(LAYOUT.backupInfo(empty.value()), BackupInfoFile.write(info(empty, BackupInfo.Status.DONE)));
        put(LAYOUT.backups().child("notes.txt"), "what somebody put there");
        put(LAYOUT.backup("not-a-backup").child("x"), "and there");
        assertThat(catalog.list(NOW))
                .extracting(CatalogEntry::state)
                .containsExactly(CatalogEntry.State.DONE, CatalogEntry.State.UNREADABLE, CatalogEntry.State.UNREADABLE);
        assertThat(catalog.find("latest").id()).isEqualTo(ID);
        assertThat(catalog.find(damaged.value()).failure()).contains("backup.info has no version");
        assertThat(catalog.find(empty.value()).failure()).contains("it has no data.tar");
    }

    @Test
    void manyAreListedWithTwoListings() throws Exception {
        for (int i = 10; i < 60; i++) {
            whole(new BackupId("20261120T1015" + i));
        }
        List<String> calls = new ArrayList<>();
        ObjectStore counted = intercepted((method, number) -> calls.add(method));
        assertThat(catalog(counted).list(NOW)).hasSize(50).isSortedAccordingTo((a, b) -> a.id().compareTo(b.id()));
        assertThat(calls).filteredOn("list"::equals).hasSize(2);
        assertThat(calls).filteredOn("open"::equals).hasSize(50);
        assertThat(calls).hasSize(52);
    }

    @Test
    void keepWritesBarmansMarkAndDeleteHeedsIt() throws Exception {
        whole(ID);
        catalog.keep(ID);
        assertThat(folder.resolve("main/base/20261125T101502/annotations/keep")).hasContent("full");
        assertThat(only().keep()).isTrue();
        assertThatExceptionOfType(BackupException.class)
                .isThrownBy(() -> catalog.delete(ID))
                .withMessageContaining("marked to be kept");
        catalog.unkeep(ID);
        catalog.unkeep(ID);
        assertThat(only().keep()).isFalse();
        catalog.delete(ID);
        assertThat(all()).isEmpty();
    }

    @Test
    void oneThatIsNotGoodIsNotWorthKeeping() throws Exception {
        note(ID, "claim.json", "{}", NOW.minusSeconds(300));
        assertThatExceptionOfType(BackupException.class)
                .isThrownBy(() -> catalog.keep(ID))
                .withMessageContaining("only one that is DONE");
        assertThat(all()).hasSize(1);
    }

    @Test
    void oneThatRunsIsNotDeleted() throws Exception {
        tars(ID, NOW);
        note(ID, "heartbeat.json", "{}", NOW);
        List<ObjectKey> before = all();
        assertThatExceptionOfType(BackupException.class)
                .isThrownBy(() -> catalog.delete(ID, NOW))
                .satisfies(e -> assertThat(e.reason()).isEqualTo(BackupException.Reason.BUSY));
        assertThat(all()).isEqualTo(before);
    }

    @Test
    void anInterruptedDeleteLeavesNothingThatLooksGoodAndCanBeDoneAgain() throws Exception {
        BackupId other = new BackupId("20261124T101502");
        for (int failing = 1; ; failing++) {
            whole(ID);
            whole(other);
            int nth = failing;
            List<String> deletes = new ArrayList<>();
            ObjectStore faulty = intercepted((method, number) -> {
                if (number == nth) {
                    throw new ObjectStoreException(ObjectStoreException.Reason.UNAVAILABLE, "it is away", null);
                }
                if (method.equals("delete")) {
                    deletes.add(method);
                }
            });
            boolean succeeded = true;
            try {
                catalog(faulty).delete(ID, NOW);
            } catch (BackupException e) {
                succeeded = false;
                assertThat(e.reason()).isEqualTo(BackupException.Reason.REPOSITORY_UNAVAILABLE);
            }
            Optional<CatalogEntry> left = catalog.list(NOW).stream()
                    .filter(entry -> entry.id().equals(ID))
                    .findFirst();
            if (deletes.isEmpty()) {
                assertThat(left).map(CatalogEntry::state).contains(CatalogEntry.State.DONE);
            } else {
                assertThat(left.map(CatalogEntry::state))
                        .as("call %d", nth)
                        .isIn(Optional.empty(), Optional.of(CatalogEntry.State.DEAD));
            }
            assertThat(catalog.find("latest", NOW).id()).isEqualTo(deletes.isEmpty() ? ID : other);
            if (left.isPresent()) {
                catalog.delete(ID, NOW);
            }
            assertThat(all()).noneMatch(key -> key.value().contains(ID.value())).isNotEmpty();
            if (succeeded) {
                assertThat(failing).isGreaterThan(5);
                return;
            }
        }
    }

    @Test
    void aManifestIsReadAsItWasWritten() throws Exception {
        whole(ID);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream out = Compression.ZSTD.compress(bytes, 3)) {
            ManifestWriter writer = new ManifestWriter(out, ID);
            writer.add(new StoredTar("data.tar.zst", 10, "ab"));
            writer.finish();
        }
        store.delete(List.of(LAYOUT.backupNotes(ID.value()).child("manifest.json")));
        store.put(
                LAYOUT.backupNotes(ID.value()).child("manifest.json.zst"),
                Content.of(bytes.toByteArray()),
                PutMode.CREATE);
        assertThat(catalog.readManifest(ID).orElseThrow().tars()).containsKey("data.tar.zst");
        store.put(LAYOUT.backupNotes(ID.value()).child("manifest.json.zst"), Content.of("nonsense"), PutMode.REPLACE);
        assertThatExceptionOfType(BackupException.class)
                .isThrownBy(() -> catalog.readManifest(ID))
                .satisfies(e -> assertThat(e.reason()).isEqualTo(BackupException.Reason.CORRUPT));
    }

    @Test
    void whatAnotherProgramTookHasNoManifest() throws Exception {
        tars(ID, NOW);
        assertThat(catalog.readManifest(ID)).isEmpty();
    }

    private interface BeforeCall {
        void call(String method, int number) throws IOException;
    }

    /** The store, with something done before each of its calls, counted from 1. */
    private ObjectStore intercepted(BeforeCall before) {
        AtomicInteger calls = new AtomicInteger();
        return (ObjectStore) Proxy.newProxyInstance(
                ObjectStore.class.getClassLoader(), new Class<?>[] {ObjectStore.class}, (proxy, method, arguments) -> {
                    synchronized (calls) {
                        before.call(method.getName(), calls.incrementAndGet());
                    }
                    try {
                        return method.invoke(store, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
