package io.pgsidecar.archive.backup;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** Decides whether the tars of a backup are all there, before anything is written. */
final class CompleteTars {

    private CompleteTars() {}

    /** Those to read. */
    static List<BackupTars.Tar> check(List<BackupTars.Tar> stored, BackupInfo info, Optional<Manifest> manifest)
            throws BackupException {
        List<BackupTars.Tar> tars =
                manifest.isPresent() ? byManifest(stored, info, manifest.get()) : byNumber(stored, info);
        for (BackupTars.Tar tar : tars) {
            OptionalLong oid = tar.name().tablespace();
            if (oid.isPresent() && info.tablespaces().stream().noneMatch(each -> each.oid() == oid.getAsLong())) {
                throw corrupt("backup %s has %s, and its backup.info no tablespace %d"
                        .formatted(info.id(), tar.name(), oid.getAsLong()));
            }
        }
        return tars;
    }

    private static List<BackupTars.Tar> byManifest(List<BackupTars.Tar> stored, BackupInfo info, Manifest manifest)
            throws BackupException {
        Map<String, BackupTars.Tar> byName = new HashMap<>();
        stored.forEach(tar -> byName.put(tar.name().name(), tar));
        List<BackupTars.Tar> tars = new ArrayList<>();
        for (StoredTar expected : manifest.tars().values()) {
            BackupTars.Tar tar = byName.get(expected.name());
            if (tar == null) {
                throw corrupt("%s of backup %s is missing".formatted(expected.name(), info.id()));
            }
            if (tar.size() != expected.size()) {
                throw corrupt(
                        "%s has %d bytes, and the manifest says %d".formatted(tar.key(), tar.size(), expected.size()));
            }
            tars.add(tar);
        }
        return tars;
    }

    private static List<BackupTars.Tar> byNumber(List<BackupTars.Tar> stored, BackupInfo info) throws BackupException {
        Map<OptionalLong, Integer> parts = new HashMap<>();
        for (BackupTars.Tar tar : stored) {
            int next = parts.getOrDefault(tar.name().tablespace(), 0);
            if (tar.name().part() != next) {
                throw corrupt("backup %s has %s, and %s is there %s"
                        .formatted(
                                info.id(),
                                tar.name(),
                                tar.name().part() < next ? "the same part" : "part " + next,
                                tar.name().part() < next ? "twice" : "not at all"));
            }
            parts.put(tar.name().tablespace(), next + 1);
        }
        Set<OptionalLong> wanted = new HashSet<>(Set.of(OptionalLong.empty()));
        info.tablespaces().forEach(each -> wanted.add(OptionalLong.of(each.oid())));
        wanted.removeAll(parts.keySet());
        for (OptionalLong missing : wanted) {
            throw corrupt("%s.tar of backup %s is missing"
                    .formatted(missing.isPresent() ? Long.toString(missing.getAsLong()) : "data", info.id()));
        }
        return stored;
    }

    private static BackupException corrupt(String message) {
        return new BackupException(
                BackupException.Reason.CORRUPT,
                message,
                "Restore another backup, or this one from another repository (--repository).");
    }
}
