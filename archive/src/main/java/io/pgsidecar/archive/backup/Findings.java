package io.pgsidecar.archive.backup;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Collects what is wrong. Of a backup in which every file is, the first ones are kept. Safe for several threads. */
final class Findings {

    private static final int MOST = 1000;

    private final List<BackupFinding> kept = new ArrayList<>();
    private final Set<BackupFinding.Kind> kinds = EnumSet.noneOf(BackupFinding.Kind.class);
    private long more;

    /** The first of each kind is always kept: an exit code depends on it. */
    synchronized void add(BackupFinding finding) {
        if (kinds.add(finding.kind()) || kept.size() < MOST) {
            kept.add(finding);
        } else {
            more++;
        }
    }

    void add(BackupFinding.Kind kind, String object, String text) {
        add(new BackupFinding(kind, object, text));
    }

    synchronized List<BackupFinding> kept() {
        return List.copyOf(kept);
    }

    synchronized long more() {
        return more;
    }
}
