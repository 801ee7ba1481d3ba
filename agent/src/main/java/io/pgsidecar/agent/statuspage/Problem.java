package io.pgsidecar.agent.statuspage;

/**
 * Something that somebody should know of.
 *
 * @param area the part of the page that has more of it
 * @param text a sentence without its full stop; it may have words of a store or a server in it
 */
public record Problem(Level level, Area area, String text) {

    /** The parts of the page. */
    public enum Area {
        INSTANCE,
        ARCHIVE,
        RECOVERY,
        BACKUP,
        REPLICATION,
        VOLUMES
    }
}
