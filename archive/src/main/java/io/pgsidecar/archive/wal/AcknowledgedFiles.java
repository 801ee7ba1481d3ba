package io.pgsidecar.archive.wal;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The last files that were archived, as they were then. PostgreSQL asks again for a file when the answer got lost; a
 * file that has not changed since need not be compared byte by byte. In memory only: after a restart it is compared.
 * Safe for several threads.
 */
final class AcknowledgedFiles {

    private static final int REMEMBERED = 256;

    /** @param ahead whether it was archived before PostgreSQL asked, and PostgreSQL has not asked since */
    private record Known(FileStamp stamp, long nanos, boolean ahead) {}

    private final Map<WalFileName, Known> files = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<WalFileName, Known> eldest) {
            return size() > REMEMBERED;
        }
    };

    /**
     * Remembers a file that every repository has.
     *
     * @param stamp taken before the file was read
     * @param ahead whether it was archived before PostgreSQL asked for it
     */
    synchronized void add(WalFileName name, FileStamp stamp, boolean ahead) {
        files.remove(name);
        files.put(name, new Known(stamp, System.nanoTime(), ahead));
    }

    synchronized boolean has(WalFileName name, FileStamp stamp) {
        Known entry = files.get(name);
        return entry != null && entry.stamp.equals(stamp);
    }

    /**
     * Whether the file, as it is, was archived ahead no longer ago than that. True once: whoever asks again has perhaps
     * a reason to, and gets an answer of the repositories.
     */
    synchronized boolean takeAhead(WalFileName name, FileStamp stamp, Duration age) {
        Known entry = files.get(name);
        if (entry == null || !entry.ahead || !entry.stamp.equals(stamp)) {
            return false;
        }
        files.replace(name, new Known(stamp, entry.nanos, false));
        return System.nanoTime() - entry.nanos <= age.toNanos();
    }
}
