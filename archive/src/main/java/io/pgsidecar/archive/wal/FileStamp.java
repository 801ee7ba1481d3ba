package io.pgsidecar.archive.wal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;

/**
 * What changes when a file's content does, or another takes its name. Not within one tick of the kernel's clock, some
 * milliseconds: PostgreSQL marks a file as ready when it has finished it, and whoever changes it later stops it first.
 */
record FileStamp(String identity) {

    static FileStamp of(Path file) throws IOException {
        Map<String, Object> a = Files.readAttributes(file, "unix:ino,dev,size,lastModifiedTime,ctime");
        return new FileStamp(Objects.toString(a.get("dev")) + ":" + a.get("ino") + ":" + a.get("size") + ":"
                + a.get("lastModifiedTime") + ":" + a.get("ctime"));
    }

    /** Whether the file is there, and still the same. */
    boolean isOf(Path file) {
        try {
            return equals(of(file));
        } catch (IOException e) {
            return false;
        }
    }
}
