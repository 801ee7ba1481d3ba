package io.pgsidecar.archive.backup;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Writes a backup's manifest: which file is in which tar, with a checksum of each. A JSON object on each line, so that
 * neither side ever holds all of it. The last line counts the others: one that is cut off is no manifest.
 *
 * <pre>
 * {"format":1,"backup":"20261125T101502"}
 * {"file":"base/1/1259","size":122880,"modified":"2026-11-25T10:15:00Z","sha256":"…","tar":"data_0001.tar.zst"}
 * {"tar":"data_0001.tar.zst","size":35121,"sha256":"…"}
 * {"damagedPage":"base/1/1259","block":7}
 * {"files":1,"tars":1,"damagedPages":1}
 * </pre>
 *
 * <p>Safe for several threads.
 */
final class ManifestWriter {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final OutputStream out;
    private long files;
    private long tars;
    private long damagedPages;

    /** Begins a manifest on a stream, which stays the caller's. */
    ManifestWriter(OutputStream out, BackupId id) throws IOException {
        this.out = out;
        write(JSON.createObjectNode().put("format", 1).put("backup", id.value()));
    }

    synchronized void add(BackedUpFile file) throws IOException {
        files++;
        write(JSON.createObjectNode()
                .put("file", file.path())
                .put("size", file.size())
                .put("modified", file.modified().toString())
                .put("sha256", file.sha256())
                .put("tar", file.tar()));
    }

    synchronized void add(StoredTar tar) throws IOException {
        tars++;
        write(JSON.createObjectNode()
                .put("tar", tar.name())
                .put("size", tar.size())
                .put("sha256", tar.sha256()));
    }

    synchronized void add(DamagedPage page) throws IOException {
        damagedPages++;
        write(JSON.createObjectNode().put("damagedPage", page.path()).put("block", page.block()));
    }

    /** Writes the last line. */
    synchronized void finish() throws IOException {
        write(JSON.createObjectNode().put("files", files).put("tars", tars).put("damagedPages", damagedPages));
    }

    private void write(ObjectNode line) throws IOException {
        out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
    }
}
