package io.pgsidecar.archive.backup;

import io.pgsidecar.archive.codec.Compression;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.time.temporal.TemporalAccessor;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * {@code backup.info}, the file of barman-cloud that makes a backup a backup: {@code key=value} lines sorted by key,
 * {@code None} for nothing. A key that its reader does not know is fatal to it, so what is ours is in {@code #} lines,
 * which it passes over.
 */
public final class BackupInfoFile {

    private static final DateTimeFormatter WRITTEN =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSS'+00:00'").withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter READ = new DateTimeFormatterBuilder()
            .appendPattern("uuuu-MM-dd[ ]['T']HH:mm:ss")
            .appendFraction(ChronoField.MICRO_OF_SECOND, 0, 6, true)
            .appendPattern("[XXX][XX][X]")
            .toFormatter(Locale.ROOT);

    private static final String NONE = "None";
    private static final String OURS = "# pgsidecar.";
    private static final String CLUSTER_SIZE = "cluster_size";
    private static final String DATA_CHECKSUMS = "data_checksums";

    private BackupInfoFile() {}

    /** The file's content. */
    public static String write(BackupInfo info) {
        Map<String, String> keys = new TreeMap<>();
        keys.put("backup_label", info.label().map(PythonLiteral::write).orElse(NONE));
        point(keys, "begin", Optional.of(info.begin()), info.walSegmentSize());
        point(keys, "end", info.end(), info.walSegmentSize());
        keys.put("compression", compression(info));
        String data = info.dataDirectory();
        keys.put("config_file", data + "/postgresql.conf");
        keys.put("hba_file", data + "/pg_hba.conf");
        keys.put("ident_file", data + "/pg_ident.conf");
        keys.put("copy_stats", NONE);
        keys.put("deduplicated_size", NONE);
        keys.put("error", info.error().map(e -> e.replace('\n', ' ')).orElse(NONE));
        keys.put("included_files", NONE);
        keys.put("mode", NONE);
        keys.put("pgdata", data);
        keys.put("server_name", "cloud");
        keys.put("size", NONE);
        keys.put("status", info.status().name());
        keys.put("systemid", Long.toUnsignedString(info.systemIdentifier()));
        keys.put("tablespaces", tablespaces(info.tablespaces()));
        keys.put("timeline", Long.toString(info.timeline()));
        keys.put("version", Integer.toString(info.serverVersion()));
        keys.put("xlog_segment_size", Long.toString(info.walSegmentSize()));
        StringBuilder text = new StringBuilder();
        info.clusterSize()
                .ifPresent(size -> text.append(OURS)
                        .append(CLUSTER_SIZE)
                        .append('=')
                        .append(size)
                        .append('\n'));
        text.append(OURS)
                .append(DATA_CHECKSUMS)
                .append('=')
                .append(info.dataChecksums() ? "on" : "off")
                .append('\n');
        keys.forEach((key, value) -> text.append(key).append('=').append(value).append('\n'));
        return text.toString();
    }

    /**
     * Reads a file's content; keys that are not used here are passed over.
     *
     * @throws IllegalArgumentException if something is missing or no value for its key; the message names both
     */
    public static BackupInfo read(BackupId id, String text) {
        Map<String, String> keys = new TreeMap<>();
        for (String each : text.split("\n", -1)) {
            String line = each.startsWith(OURS) ? each.substring(OURS.length()) : each;
            int equals = line.indexOf('=');
            if (equals > 0 && !line.startsWith("#")) {
                String value = line.substring(equals + 1).strip();
                if (!value.equals(NONE)) {
                    keys.put(line.substring(0, equals).strip(), value);
                }
            }
        }
        return new Reader(keys).info(id);
    }

    private static void point(Map<String, String> keys, String prefix, Optional<BackupInfo.Point> point, long segment) {
        keys.put(
                prefix + "_offset",
                point.map(p -> Long.toString(Long.remainderUnsigned(p.lsn(), segment)))
                        .orElse(NONE));
        keys.put(prefix + "_time", point.map(p -> WRITTEN.format(p.time())).orElse(NONE));
        keys.put(prefix + "_wal", point.map(BackupInfo.Point::segment).orElse(NONE));
        keys.put(
                prefix + "_xlog",
                point.map(p -> "%X/%X".formatted(p.lsn() >>> 32, p.lsn() & 0xFFFF_FFFFL))
                        .orElse(NONE));
    }

    private static String compression(BackupInfo info) {
        return info.compression()
                .filter(c -> c != Compression.NONE)
                .map(c -> c.name().toLowerCase(Locale.ROOT))
                .orElse(NONE);
    }

    private static String tablespaces(List<Tablespace> tablespaces) {
        if (tablespaces.isEmpty()) {
            return NONE;
        }
        List<String> all = new ArrayList<>();
        for (Tablespace t : tablespaces) {
            all.add("(%s, %d, %s)"
                    .formatted(PythonLiteral.write(t.name()), t.oid(), PythonLiteral.write(t.location())));
        }
        return "[" + String.join(", ", all) + "]";
    }

    private record Reader(Map<String, String> keys) {

        BackupInfo info(BackupId id) {
            BackupInfo.Status status = parse("status", BackupInfo.Status::valueOf);
            return new BackupInfo(
                    id,
                    status,
                    parse("version", Integer::parseInt),
                    optional("systemid", Long::parseUnsignedLong).orElse(0L),
                    parse("timeline", Long::parseLong),
                    optional("xlog_segment_size", Long::parseLong).orElse(16L << 20),
                    keys.getOrDefault("pgdata", ""),
                    point("begin"),
                    keys.containsKey("end_xlog") && keys.containsKey("end_time")
                            ? Optional.of(point("end"))
                            : Optional.empty(),
                    optional("backup_label", Reader::string),
                    optional("tablespaces", Reader::tablespaces).orElse(List.of()),
                    optional("compression", Reader::compression).orElse(Optional.of(Compression.NONE)),
                    keys.getOrDefault(DATA_CHECKSUMS, "off").equals("on"),
                    optional(CLUSTER_SIZE, Long::parseLong),
                    optional("error", text -> text));
        }

        private BackupInfo.Point point(String prefix) {
            return new BackupInfo.Point(
                    parse(prefix + "_wal", text -> text),
                    parse(prefix + "_xlog", Reader::lsn),
                    parse(prefix + "_time", Reader::time));
        }

        private interface Parser<T> {
            T parse(String text);
        }

        private <T> T parse(String key, Parser<T> parser) {
            return optional(key, parser).orElseThrow(() -> new IllegalArgumentException("backup.info has no " + key));
        }

        private <T> Optional<T> optional(String key, Parser<T> parser) {
            String value = keys.get(key);
            if (value == null) {
                return Optional.empty();
            }
            try {
                return Optional.of(parser.parse(value));
            } catch (IllegalArgumentException | DateTimeException | ClassCastException | IndexOutOfBoundsException e) {
                throw new IllegalArgumentException(
                        "backup.info has %s=%s: %s".formatted(key, value, e.getMessage()), e);
            }
        }

        private static long lsn(String text) {
            int slash = text.indexOf('/');
            return Long.parseLong(text, 0, slash, 16) << 32 | Long.parseLong(text, slash + 1, text.length(), 16);
        }

        /** Barman writes the machine's offset, older ones none at all: then it is taken for UTC. */
        private static Instant time(String text) {
            TemporalAccessor time = READ.parseBest(text, OffsetDateTime::from, LocalDateTime::from);
            return time instanceof OffsetDateTime offset
                    ? offset.toInstant()
                    : LocalDateTime.from(time).toInstant(ZoneOffset.UTC);
        }

        private static String string(String literal) {
            return (String) PythonLiteral.read(literal).orElse("");
        }

        private static Optional<Compression> compression(String name) {
            for (Compression each : Compression.values()) {
                if (each.name().equalsIgnoreCase(name)) {
                    return Optional.of(each);
                }
            }
            return Optional.empty();
        }

        private static List<Tablespace> tablespaces(String literal) {
            List<Tablespace> all = new ArrayList<>();
            for (Object each : (List<?>) PythonLiteral.read(literal).orElse(List.of())) {
                List<?> tuple = (List<?>) each;
                all.add(new Tablespace((Long) tuple.get(1), (String) tuple.get(0), (String) tuple.get(2)));
            }
            return all;
        }
    }
}
