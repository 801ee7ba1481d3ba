package io.pgsidecar.agent.wal;

import io.pgsidecar.agent.wal.WalFinding.Level;
import io.pgsidecar.archive.wal.ContentReport;
import io.pgsidecar.archive.wal.StoredObjects;
import io.pgsidecar.archive.wal.WalContinuity;
import io.pgsidecar.archive.wal.WalException;
import io.pgsidecar.archive.wal.WalGap;
import io.pgsidecar.archive.wal.WalSurvey;
import io.pgsidecar.archive.wal.WalTail;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Judges what was found in a repository: a pure function of it, of the others, and of the time. */
public final class Verdict {

    private final RepositoryFindings repository;
    private final List<RepositoryFindings> all;
    private final Instant now;
    private final Duration maxLag;
    private final List<WalFinding> findings = new ArrayList<>();

    private Verdict(RepositoryFindings repository, List<RepositoryFindings> all, Instant now, Duration maxLag) {
        this.repository = repository;
        this.all = all;
        this.now = now;
        this.maxLag = maxLag;
    }

    /**
     * What is to be said of a repository, at least one thing.
     *
     * @param all of them: what is missing in one may be in another
     * @param maxLag how long a file that PostgreSQL has finished may be on its way
     */
    public static List<WalFinding> of(
            RepositoryFindings repository, List<RepositoryFindings> all, Instant now, Duration maxLag) {
        Verdict verdict = new Verdict(repository, all, now, maxLag);
        repository.error().ifPresent(verdict::error);
        repository
                .survey()
                .ifPresent(survey ->
                        verdict.histories(survey, repository.continuity().orElseThrow()));
        repository.continuity().ifPresent(verdict::gaps);
        repository.tail().ifPresent(verdict::tail);
        repository.content().ifPresent(verdict::content);
        repository.survey().ifPresent(verdict::notes);
        if (worst(verdict.findings) == Level.OK) {
            verdict.findings.addFirst(new WalFinding(Level.OK, "wal", verdict.whole(), null));
        }
        return verdict.findings;
    }

    /** The worst of all. */
    public static Level worst(List<WalFinding> findings) {
        return findings.stream()
                .map(WalFinding::level)
                .max(Comparator.naturalOrder())
                .orElse(Level.OK);
    }

    private void add(Level level, String subject, String text, @Nullable String remedy) {
        findings.add(new WalFinding(level, subject, text, remedy));
    }

    private void error(WalException e) {
        add(level(e), "repository", text(e), e.hint().orElse(null));
    }

    private static Level level(WalException e) {
        return switch (e.reason()) {
            case REPOSITORY_UNAVAILABLE -> Level.UNAVAILABLE;
            case REPOSITORY_DENIED -> Level.DENIED;
            case OTHER_CLUSTER -> Level.OTHER_CLUSTER;
            case CORRUPT, BAD_SEGMENT -> Level.DAMAGED;
            case BAD_REQUEST, CONFLICT, FAILED -> Level.FAILED;
        };
    }

    private static String text(WalException e) {
        return e.getMessage() + e.detail().map(detail -> " (" + detail + ")").orElse("");
    }

    private String whole() {
        WalContinuity continuity = repository.continuity().orElseThrow();
        if (continuity.first().isEmpty()) {
            return "no segment is stored";
        }
        return "%s without a gap, %s to %s, timeline %s"
                .formatted(
                        count(continuity.segments(), "segment"),
                        continuity.first().get(),
                        continuity.last().orElseThrow(),
                        continuity.path().stream().map(String::valueOf).collect(Collectors.joining(" → ")));
    }

    private static String count(long count, String of) {
        return count == 1 ? "1 " + of : String.format(Locale.ROOT, "%,d %ss", count, of);
    }

    private void histories(WalSurvey survey, WalContinuity continuity) {
        for (long timeline : continuity.missingHistories()) {
            add(
                    Level.MISSING,
                    "history",
                    "%08X.history is missing: a recovery to the latest timeline stops before timeline %d"
                            .formatted(timeline, timeline),
                    "It is in pg_wal of every server that ran on that timeline or a later one: have it archived there again.");
        }
        survey.unreadableHistories()
                .forEach((timeline, e) -> add(
                        level(e),
                        "history",
                        text(e)
                                + (timeline == continuity.timeline()
                                        ? "; so gaps before timeline %d are not seen".formatted(timeline)
                                        : ""),
                        e.hint().orElse(null)));
    }

    private void gaps(WalContinuity continuity) {
        for (int i = 0; i < continuity.gaps().size(); i++) {
            WalGap gap = continuity.gaps().get(i);
            int index = i;
            int local = repository.tail().map(tail -> tail.local().get(index)).orElse(0);
            add(Level.MISSING, "gap", describe(gap), remedy(gap, local));
        }
    }

    private static String describe(WalGap gap) {
        String segments = gap.count() == 1
                ? "%s (1 segment)".formatted(gap.firstName())
                : "%s to %s (%s)".formatted(gap.firstName(), gap.lastName(), count(gap.count(), "segment"));
        return segments
                + gap.storedBefore()
                        .map(at -> ", the one before was stored at " + Words.time(at))
                        .orElse("")
                + gap.storedAfter()
                        .map(at -> ", the one after at " + Words.time(at))
                        .orElse("");
    }

    private String remedy(WalGap gap, int local) {
        List<String> places = new ArrayList<>();
        for (RepositoryFindings other : all) {
            long there = other.name().equals(repository.name())
                    ? 0
                    : other.survey()
                            .map(survey -> survey.inventory().count(gap))
                            .orElse(0L);
            if (there > 0) {
                places.add("repository \"%s\" has %,d of them: copy them from there".formatted(other.name(), there));
            }
        }
        if (local > 0) {
            places.add(
                    "pg_wal still has %,d of them: where archive_status has NAME.done, rename it to NAME.ready, and PostgreSQL archives it again"
                            .formatted(local));
        }
        if (places.isEmpty()) {
            return "A recovery ends there. Look in pg_wal of the other servers; then take a new base backup, which needs"
                    + " nothing from before it.";
        }
        return Words.capital(String.join(". Or ", places)) + ".";
    }

    private void tail(WalTail tail) {
        tail(
                tail.waiting(),
                "not archived yet: %s, the first is %s, the longest waits since %s",
                "PostgreSQL keeps them. Why archive_command fails is in its log and in the agent's.");
        tail(
                tail.lost(),
                "archived for PostgreSQL, and not here: %s, the first is %s, the longest since %s",
                "While they are in pg_wal: rename archive_status/NAME.done to NAME.ready, and PostgreSQL archives them"
                        + " again. On a standby look at the primary's archive_command.");
    }

    private void tail(WalTail.Files files, String text, String remedy) {
        if (files.count() > 0) {
            boolean overdue = files.overdue(now, maxLag);
            add(
                    overdue ? Level.MISSING : Level.NOTE,
                    "tail",
                    text.formatted(
                            count(files.count(), "file"),
                            files.first().orElseThrow(),
                            Words.time(files.since().orElseThrow())),
                    overdue ? remedy : null);
        }
    }

    private void content(ContentReport content) {
        content.examples()
                .forEach(damage -> add(
                        Level.DAMAGED,
                        "object",
                        "%s: %s".formatted(damage.key(), damage.reason()),
                        "Keep it for analysis and move it away; if another repository or a pg_wal has the file, store"
                                + " it again from there. Else take a new base backup."));
        long more = content.damaged() - content.examples().size();
        if (more > 0) {
            add(Level.DAMAGED, "object", "and %,d more".formatted(more), null);
        }
        content.lockedExample()
                .ifPresent(locked -> add(
                        Level.DENIED,
                        "object",
                        "%s could not be opened, the first is %s: %s"
                                .formatted(count(content.locked(), "object"), locked.key(), locked.reason()),
                        "Run this where the key is, with encryption.identityFile."));
        content.failure()
                .ifPresent(e -> add(
                        level(e),
                        "content",
                        "not all was read: " + text(e),
                        e.hint().orElse(null)));
        add(
                Level.OK,
                "content",
                "%s read and sound, %s of WAL".formatted(count(content.read(), "object"), Words.size(content.bytes())),
                null);
    }

    private void notes(WalSurvey survey) {
        note(
                survey.inventory().duplicates(),
                "stored twice, with another ending",
                "Any of them will do; they cost room only.");
        note(repository.strays(), "no WAL, or in the wrong folder; no recovery finds it there", null);
        note(
                survey.inventory().partials(),
                "a partial segment among the whole ones, where some programs take it for one",
                null);
        if (repository.tail().isEmpty()) {
            add(
                    Level.NOTE,
                    "tail",
                    "no data directory is at hand: what the server has finished and not archived is not known",
                    null);
        }
    }

    private void note(StoredObjects objects, String what, @Nullable String remedy) {
        if (objects.count() > 0) {
            add(
                    Level.NOTE,
                    "object",
                    "%s%s: %s"
                            .formatted(
                                    objects.examples().getFirst(),
                                    objects.count() > 1 ? " and %,d more".formatted(objects.count() - 1) : "",
                                    what),
                    remedy);
        }
    }
}
