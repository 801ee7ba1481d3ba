package io.pgsidecar.archive.backup;

import io.pgsidecar.archive.backup.BackupFinding.Kind;
import io.pgsidecar.archive.codec.Encryption;
import io.pgsidecar.archive.codec.NoKeyException;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.Repository;
import io.pgsidecar.archive.wal.WalException;
import io.pgsidecar.archive.wal.WalInspector;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads all of a stored backup and says what is wrong with it: every object's checksum, every file's, what is missing or
 * too much, and whether the WAL is there. Changes nothing, and writes nothing to a disk.
 */
public final class BackupVerifier {

    private static final String INFO = "backup.info";
    private static final String MANIFEST = "manifest.json";

    private final ObjectStore store;
    private final Repository layout;
    private final Encryption encryption;
    private final WalInspector wal;

    /**
     * Verifies in a repository.
     *
     * @param encryption with the keys for what is encrypted
     */
    public BackupVerifier(ObjectStore store, Repository layout, Encryption encryption, WalInspector wal) {
        this.store = store;
        this.layout = layout;
        this.encryption = encryption;
        this.wal = wal;
    }

    /**
     * Looks at all of it; what is wrong does not end it, a repository that is away does, and the report says so.
     *
     * @param readers how many tars are read at a time
     * @param progress in bytes as stored
     * @throws BackupException {@code BAD_REQUEST} for a backup that was never finished
     */
    public VerifyReport verify(CatalogEntry entry, int readers, RestoreProgress progress)
            throws BackupException, InterruptedException {
        if (entry.state() != CatalogEntry.State.DONE && entry.state() != CatalogEntry.State.UNREADABLE) {
            throw new BackupException(
                    BackupException.Reason.BAD_REQUEST,
                    "backup %s is %s, and only one that is DONE is worth verifying"
                            .formatted(entry.id(), entry.state()),
                    "\"pgsidecar backup list\" shows what there is.");
        }
        return new Run(entry, progress).run(readers);
    }

    /** The verification of one backup. */
    private final class Run {

        private final CatalogEntry entry;
        private final BackupTars backup;
        private final RestoreProgress progress;
        private final Findings findings = new Findings();

        private Optional<Manifest> manifest = Optional.empty();
        private @Nullable TarCheck check;
        private long storedBytes;
        private Optional<VerifyReport.Window> window = Optional.empty();

        Run(CatalogEntry entry, RestoreProgress progress) {
            this.entry = entry;
            this.backup = new BackupTars(store, layout, entry.id(), encryption);
            this.progress = progress;
        }

        VerifyReport run(int readers) throws InterruptedException {
            Optional<BackupException> failure = Optional.empty();
            if (entry.info().isEmpty()) {
                findings.add(Kind.DAMAGED, INFO, entry.failure().orElse("it cannot be read"));
            }
            try {
                content(readers);
            } catch (BackupException e) {
                failure = Optional.of(e);
            }
            try {
                if (entry.info().isPresent()) {
                    window = WalChain.of(entry.info().get(), wal.survey(), findings)
                            .judge(findings);
                }
            } catch (WalException e) {
                failure = failure.or(() -> Optional.of(BackupException.of(e)));
            }
            return report(failure);
        }

        private VerifyReport report(Optional<BackupException> failure) {
            TarCheck read = check;
            return new VerifyReport(
                    entry.id(),
                    manifest.isPresent(),
                    read == null ? 0 : read.whole().size(),
                    storedBytes,
                    read == null ? 0 : read.files(),
                    read == null ? 0 : read.bytes(),
                    findings.kept(),
                    findings.more(),
                    window,
                    failure);
        }

        private void content(int readers) throws BackupException, InterruptedException {
            readManifest();
            List<BackupTars.Tar> tars = backup.tars();
            if (manifest.isPresent()) {
                byManifest(tars, manifest.get());
            } else {
                byNumber(tars);
            }
            storedBytes = tars.stream().mapToLong(BackupTars.Tar::size).sum();
            RestoredBytes bytes = new RestoredBytes(progress, storedBytes);
            TarCheck reading = new TarCheck(backup, manifest, bytes, findings);
            check = reading;
            InParallel.run(readers, tars, reading::check);
            missing(tars, reading);
        }

        private void readManifest() throws BackupException {
            try {
                manifest = backup.manifest();
            } catch (BackupException e) {
                Optional<NoKeyException> noKey = noKey(e);
                if (noKey.isPresent()) {
                    findings.add(
                            Kind.LOCKED,
                            MANIFEST,
                            noKey.get().getMessage() + " (" + noKey.get().hint() + ")");
                } else if (e.reason() == BackupException.Reason.CORRUPT) {
                    findings.add(Kind.DAMAGED, MANIFEST, e.getMessage());
                } else {
                    throw e;
                }
            }
            manifest.ifPresent(each -> each.damagedPages()
                    .forEach(page -> findings.add(
                            Kind.DAMAGED_BEFORE,
                            page.path(),
                            "the checksum of block %d was wrong when the backup was taken".formatted(page.block()))));
        }

        private void byManifest(List<BackupTars.Tar> tars, Manifest expected) {
            Set<String> names = tars.stream().map(tar -> tar.name().name()).collect(Collectors.toSet());
            for (String name : expected.tars().keySet()) {
                if (!names.contains(name)) {
                    findings.add(Kind.MISSING, name, "the manifest has it, and the repository does not");
                }
            }
            for (BackupTars.Tar tar : tars) {
                if (!expected.tars().containsKey(tar.name().name())) {
                    findings.add(Kind.UNEXPECTED, tar.name().name(), "the manifest does not have it");
                }
                OptionalLong oid = tar.name().tablespace();
                if (oid.isPresent()
                        && entry.info().isPresent()
                        && entry.info().get().tablespaces().stream().noneMatch(each -> each.oid() == oid.getAsLong())) {
                    findings.add(
                            Kind.DAMAGED,
                            INFO,
                            "it has no tablespace %d, of which there is %s".formatted(oid.getAsLong(), tar.name()));
                }
            }
        }

        private void byNumber(List<BackupTars.Tar> tars) {
            if (entry.info().isEmpty()) {
                return;
            }
            try {
                CompleteTars.check(tars, entry.info().get(), Optional.empty());
            } catch (BackupException e) {
                findings.add(Kind.MISSING, "tars", e.getMessage());
            }
        }

        /** Of a tar that could not be read nobody knows what is in it; that it could not is said already. */
        private void missing(List<BackupTars.Tar> tars, TarCheck reading) {
            boolean all = reading.whole()
                            .containsAll(
                                    manifest.map(each -> each.tars().keySet()).orElse(Set.of()))
                    && tars.stream()
                            .allMatch(tar -> reading.whole().contains(tar.name().name()));
            Set<String> missing = new HashSet<>();
            manifest.ifPresent(each -> each.files().values().stream()
                    .filter(file -> reading.whole().contains(file.tar())
                            && !reading.seen().contains(file.path()))
                    .forEach(file -> {
                        missing.add(file.path());
                        findings.add(
                                Kind.MISSING, file.path(), "the manifest says that it is in %s".formatted(file.tar()));
                    }));
            boolean labelKnown = entry.info().flatMap(BackupInfo::label).isPresent();
            for (String path : List.of("PG_VERSION", "backup_label", TarExtraction.CONTROL)) {
                boolean needed = !path.equals("backup_label") || !labelKnown;
                if (all && needed && !reading.seen().contains(path) && !missing.contains(path)) {
                    findings.add(Kind.MISSING, path, "it is in none of the tars, and no server starts without it");
                }
            }
        }
    }

    private static Optional<NoKeyException> noKey(Throwable e) {
        for (@Nullable Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof NoKeyException noKey) {
                return Optional.of(noKey);
            }
        }
        return Optional.empty();
    }
}
