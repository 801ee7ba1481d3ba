package io.pgsidecar.agent.wal;

import io.pgsidecar.archive.wal.ContentReport;
import io.pgsidecar.archive.wal.StoredObjects;
import io.pgsidecar.archive.wal.WalContinuity;
import io.pgsidecar.archive.wal.WalException;
import io.pgsidecar.archive.wal.WalSurvey;
import io.pgsidecar.archive.wal.WalTail;
import java.util.Optional;

/**
 * All that was looked at in one repository, to be judged by {@link Verdict}.
 *
 * @param name as in the configuration
 * @param error why it could not be looked at; then the rest is empty
 * @param tail empty where no data directory is at hand
 * @param content empty if it was not asked for
 */
public record RepositoryFindings(
        String name,
        Optional<WalException> error,
        Optional<WalSurvey> survey,
        Optional<WalContinuity> continuity,
        Optional<WalTail> tail,
        Optional<ContentReport> content) {

    /** Of a repository that could not be looked at. */
    public static RepositoryFindings failed(String name, WalException error) {
        return new RepositoryFindings(
                name, Optional.of(error), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
    }

    /** Of one that was listed. */
    public static RepositoryFindings listed(String name, WalSurvey survey) {
        return new RepositoryFindings(
                name,
                Optional.empty(),
                Optional.of(survey),
                Optional.of(WalContinuity.of(survey.inventory(), survey.histories())),
                Optional.empty(),
                Optional.empty());
    }

    public RepositoryFindings withTail(WalTail compared) {
        return new RepositoryFindings(name, error, survey, continuity, Optional.of(compared), content);
    }

    public RepositoryFindings withContent(ContentReport report) {
        return new RepositoryFindings(name, error, survey, continuity, tail, Optional.of(report));
    }

    /** Objects that lie in {@code wals/} and should not. */
    StoredObjects strays() {
        return survey.map(found -> found.inventory().unknown()).orElse(StoredObjects.NONE);
    }
}
