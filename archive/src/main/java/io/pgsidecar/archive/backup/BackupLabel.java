package io.pgsidecar.archive.backup;

import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What PostgreSQL writes into {@code backup_label}: where the replay of a backup begins.
 *
 * @param startLsn unsigned
 * @param startSegment the WAL segment that it lies in
 * @param fromStandby whether the server was in recovery
 * @param text the file as it is
 */
public record BackupLabel(long startLsn, String startSegment, long timeline, boolean fromStandby, String text) {

    private static final Pattern START = Pattern.compile("([0-9A-F]{1,8})/([0-9A-F]{1,8}) \\(file ([0-9A-F]{24})\\)");

    /**
     * Reads the file's content.
     *
     * @throws IllegalArgumentException if it is none; the message says what is missing
     */
    public static BackupLabel parse(String text) {
        Map<String, String> lines = new TreeMap<>();
        for (String line : text.split("\n", -1)) {
            int colon = line.indexOf(": ");
            if (colon > 0) {
                lines.put(line.substring(0, colon), line.substring(colon + 2));
            }
        }
        Matcher start = START.matcher(text(lines.get("START WAL LOCATION")));
        if (!start.matches()) {
            throw new IllegalArgumentException("backup_label has no \"START WAL LOCATION\": " + text);
        }
        String segment = start.group(3);
        return new BackupLabel(
                Long.parseLong(start.group(1), 16) << 32 | Long.parseLong(start.group(2), 16),
                segment,
                Long.parseLong(segment.substring(0, 8), 16),
                text(lines.get("BACKUP FROM")).equals("standby"),
                text);
    }

    private static String text(@Nullable String value) {
        return value == null ? "" : value;
    }
}
