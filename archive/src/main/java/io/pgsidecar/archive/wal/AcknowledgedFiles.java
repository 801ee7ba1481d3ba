package io.pgsidecar.archive.wal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * The last files that were archived, as they were then. PostgreSQL asks again for a file when the answer got lost; a
 * file that has not changed since need not be compared byte by byte. In memory only: after a restart it is compared.
 * Safe for several threads.
 */
final class AcknowledgedFiles {

    private static final int REMEMBERED = 256;

    /** What changes when a file's content does, or another takes its name. */
    record Stamp(String identity) {
        static Stamp of(Path file) throws IOException {
            Map<String, Object> a = Files.readAttributes(file, "unix:ino,dev,size,lastModifiedTime,ctime");
            return new Stamp(Objects.toString(a.get("dev")) + ":" + a.get("ino") + ":" + a.get("size") + ":"
                    + a.get("lastModifiedTime") + ":" + a.get("ctime"));
        }
    }

    private final Map<WalFileName, Stamp> files = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<WalFileName, Stamp> eldest) {
            return size() > REMEMBERED;
        }
    };

    /** @param stamp taken before the file was read */
    synchronized void add(WalFileName name, Stamp stamp) {
        files.put(name, stamp);
    }

    synchronized boolean has(WalFileName name, Stamp stamp) {
        return stamp.equals(files.get(name));
    }
}
