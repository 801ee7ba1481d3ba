package io.pgsidecar.archive.backup;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Tells a restored server how to recover: {@code recovery.signal} or {@code standby.signal}, and settings in
 * {@code postgresql.auto.conf}, which count before all others.
 *
 * @param standby whether it is to stay a replica
 * @param restoreCommand how it gets WAL
 * @param primaryConninfo whom a standby streams from; empty leaves what the backup has
 * @param source the server whose WAL is read, until the recovery ends; empty for the configuration's own. Of no
 *     standby, since its recovery never ends
 * @param raises whether settings that are too low for a hot standby are raised
 */
public record RecoverySettings(
        RecoveryTarget target,
        boolean standby,
        String restoreCommand,
        Optional<String> primaryConninfo,
        Optional<String> source,
        boolean raises)
        implements BeforeControl {

    static final String AUTO = "postgresql.auto.conf";
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSSxxx");

    /** At most one of them may have a value. */
    private static final List<String> STOPS = List.of(
            "recovery_target",
            "recovery_target_lsn",
            "recovery_target_name",
            "recovery_target_time",
            "recovery_target_xid");

    private static final List<String> CHOICES =
            List.of("recovery_target_action", "recovery_target_inclusive", "recovery_target_timeline");

    /**
     * A copy has its origin's subscriptions. Their slots belong to the origin: what the copy took of them, the origin would
     * never get.
     */
    private static final String SUBSCRIBERS = "max_logical_replication_workers";

    public RecoverySettings {
        if (standby && source.isPresent()) {
            throw new IllegalArgumentException("a standby of another server's WAL");
        }
    }

    /** A recovery by the configuration's own WAL. */
    public RecoverySettings(
            RecoveryTarget target, boolean standby, String restoreCommand, Optional<String> primaryConninfo) {
        this(target, standby, restoreCommand, primaryConninfo, Optional.empty(), true);
    }

    @Override
    public void complete(Path directory, byte[] control) throws IOException, BackupException {
        ControlFile controlFile;
        try {
            controlFile = ControlFile.parse(control);
        } catch (IllegalArgumentException e) {
            throw new BackupException(
                    BackupException.Reason.CORRUPT,
                    "global/pg_control of the backup cannot be used: " + e.getMessage(),
                    "Restore another backup.",
                    e);
        }
        ServerSettings base = read(directory.resolve("postgresql.conf"));
        ServerSettings auto = read(directory.resolve(AUTO));
        write(directory.resolve(AUTO), apply(base, auto, controlFile).text());
        Files.deleteIfExists(directory.resolve(standby ? "recovery.signal" : "standby.signal"));
        write(directory.resolve(standby ? "standby.signal" : "recovery.signal"), RecoverySource.text(source));
    }

    /** What becomes of {@code postgresql.auto.conf}. */
    ServerSettings apply(ServerSettings base, ServerSettings auto, ControlFile control) {
        Set<String> replaced = new HashSet<>(STOPS);
        replaced.addAll(CHOICES);
        replaced.add("restore_command");
        if (primaryConninfo.isPresent()) {
            replaced.add("primary_conninfo");
        }
        if (source.isPresent()) {
            replaced.add(SUBSCRIBERS);
        }
        Map<String, Integer> raised = raises ? StandbyFloors.missed(base, auto, control) : Map.of();
        replaced.addAll(raised.keySet());
        ServerSettings settings = auto.without(replaced).withComment("Written by pgsidecar restore:");
        for (String stop : STOPS) {
            // A second target is an error for the server, and an empty one none. Before the one that counts: in some
            // versions an empty one takes back whatever was set.
            if (base.get(stop).filter(value -> !value.isEmpty()).isPresent()) {
                settings = settings.with(stop, "");
            }
        }
        for (Map.Entry<String, String> setting : recovery().entrySet()) {
            settings = settings.with(setting.getKey(), inBytes(setting.getValue()));
        }
        for (Map.Entry<String, Integer> setting : raised.entrySet()) {
            settings = settings.with(setting.getKey(), setting.getValue().toString());
        }
        return settings;
    }

    /** In an order in which a target's own line is the last of the targets. */
    private Map<String, String> recovery() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("restore_command", restoreCommand);
        primaryConninfo.ifPresent(value -> settings.put("primary_conninfo", value));
        if (source.isPresent()) {
            settings.put(SUBSCRIBERS, "0");
        }
        settings.put("recovery_target_timeline", target.timeline().toString());
        switch (target.stop()) {
            case RecoveryTarget.Stop.Latest() -> {}
            case RecoveryTarget.Stop.Immediate() -> settings.put("recovery_target", "immediate");
            case RecoveryTarget.Stop.Time(var time) ->
                settings.put("recovery_target_time", TIME.format(time.atOffset(ZoneOffset.UTC)));
            case RecoveryTarget.Stop.Lsn(long lsn) -> settings.put("recovery_target_lsn", lsn(lsn));
            case RecoveryTarget.Stop.Xid(long xid) -> settings.put("recovery_target_xid", Long.toString(xid));
            case RecoveryTarget.Stop.Name(String name) -> settings.put("recovery_target_name", name);
        }
        if (target.stops()) {
            settings.put("recovery_target_inclusive", target.inclusive() ? "on" : "off");
            settings.put("recovery_target_action", target.action().toString());
        } else {
            // What postgresql.conf may say of another recovery.
            settings.put("recovery_target_action", "promote");
        }
        return settings;
    }

    static String lsn(long lsn) {
        return String.format(Locale.ROOT, "%X/%X", lsn >>> 32, lsn & 0xFFFF_FFFFL);
    }

    static ServerSettings read(Path file) throws IOException {
        try {
            // Byte by byte: a comment may be in whatever encoding.
            return ServerSettings.of(Files.readString(file, StandardCharsets.ISO_8859_1));
        } catch (NoSuchFileException e) {
            return new ServerSettings(List.of());
        }
    }

    /** A name or a path is compared byte by byte, and is in UTF-8; the file is written with a byte for each character. */
    private static String inBytes(String value) {
        return new String(value.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    static void write(Path file, String text) throws IOException {
        DurableFiles.replace(file, text.getBytes(StandardCharsets.ISO_8859_1));
    }
}
