package io.pgsidecar.archive.wal;

import java.util.Collections;
import java.util.NavigableMap;

/**
 * What a repository holds of a cluster's WAL.
 *
 * @param systemIdentifier of the cluster that it belongs to, unsigned
 * @param histories those that could be read, by timeline
 * @param unreadableHistories the others, with the reason
 * @param partials partial segments, kept apart: no recovery asks for them
 * @param backupHistories PostgreSQL's notes on base backups, kept apart
 */
public record WalSurvey(
        long systemIdentifier,
        WalInventory inventory,
        NavigableMap<Long, TimelineHistory> histories,
        NavigableMap<Long, WalException> unreadableHistories,
        StoredObjects partials,
        StoredObjects backupHistories) {

    public WalSurvey {
        histories = Collections.unmodifiableNavigableMap(histories);
        unreadableHistories = Collections.unmodifiableNavigableMap(unreadableHistories);
    }
}
