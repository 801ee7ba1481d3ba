package io.pgsidecar.archive.repository;

/**
 * What lies where in a repository: the keys, and nothing else. All of a cluster is below the folder of its server name.
 *
 * <pre>
 * main/wals/0000000100000000/000000010000000000000042.zst    a segment
 * main/wals/00000002.history.zst                             a timeline's history
 * main/base/20261125T101502/backup.info                      what a base backup is; written last
 * main/base/20261125T101502/data.tar.zst, data_0001.tar.zst  its files
 * main/base/20261125T101502/16387.tar.zst                    those of a tablespace, by its OID
 * main/base/20261125T101502/annotations/keep                 not to be removed by a retention policy
 * main/pgsidecar/repository.json                             the marker: whose repository this is
 * main/pgsidecar/backups/20261125T101502/claim.json          who took the name, and when that was
 * main/pgsidecar/backups/20261125T101502/heartbeat.json      that whoever takes it is alive
 * main/pgsidecar/backups/20261125T101502/failed.json         that it was given up, and why
 * main/pgsidecar/backups/20261125T101502/manifest.json.zst   each of its files, with a checksum
 * main/pgsidecar/schedule/20261125T020000.json               who takes the backup of this time
 * main/pgsidecar/partial/0000000100000000/….partial.zst      last segments of abandoned timelines
 * main/pgsidecar/backup-history/0000000100000000/….backup    PostgreSQL's notes on base backups
 * </pre>
 *
 * <p>{@code wals/} is the layout of barman-cloud, which CloudNativePG reads too. Partial segments and backup notes are
 * kept out of it on purpose: readers of that layout pick up {@code X.partial} where they want {@code X}.
 *
 * @param server one part of a key
 */
public record Repository(String server) {

    /** The last part of a WAL file's key is its name, and an extension that tells the compression. */
    public ObjectKey history(String name) {
        return wals().child(name);
    }

    /**
     * A segment's key.
     *
     * @param folder timeline and log, 16 hexadecimal digits
     */
    public ObjectKey segment(String folder, String name) {
        return ObjectKey.of(wals().value(), folder, name);
    }

    public ObjectKey partial(String folder, String name) {
        return ObjectKey.of(partials().value(), folder, name);
    }

    public ObjectKey backupHistory(String folder, String name) {
        return ObjectKey.of(backupHistories().value(), folder, name);
    }

    public ObjectKey marker() {
        return own().child("repository.json");
    }

    /** All base backups, as readers of barman-cloud's layout know them. */
    public ObjectKey backups() {
        return ObjectKey.of(server, "base");
    }

    /** Everything of a base backup that readers of barman-cloud's layout know of. */
    public ObjectKey backup(String id) {
        return backups().child(id);
    }

    /** Its presence makes a backup a backup. */
    public ObjectKey backupInfo(String id) {
        return backup(id).child("backup.info");
    }

    /** Where a backup's mark is that keeps it from a retention policy. */
    public ObjectKey keepMark(String id) {
        return ObjectKey.of(backup(id).value(), "annotations", "keep");
    }

    /** What we note of backups besides, by their IDs. */
    public ObjectKey backupNotes() {
        return own().child("backups");
    }

    /** What we note of a backup besides. */
    public ObjectKey backupNotes(String id) {
        return backupNotes().child(id);
    }

    /** Who takes the backups of the schedule, by their times. */
    public ObjectKey schedule() {
        return own().child("schedule");
    }

    /** Objects that are made to see whether the store works, and removed again. */
    public ObjectKey probes() {
        return own().child("check");
    }

    /** Everything of the WAL that readers of barman-cloud's layout know of. */
    public ObjectKey wals() {
        return ObjectKey.of(server, "wals");
    }

    /** All partial segments. */
    public ObjectKey partials() {
        return own().child("partial");
    }

    /** All notes on base backups. */
    public ObjectKey backupHistories() {
        return own().child("backup-history");
    }

    private ObjectKey own() {
        return ObjectKey.of(server, "pgsidecar");
    }
}
