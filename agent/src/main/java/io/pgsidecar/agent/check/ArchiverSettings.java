package io.pgsidecar.agent.check;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What PostgreSQL's settings say of archiving and recovery. Which of them are visible depends on the version and on the
 * rights of the role; one that is not is the empty string.
 *
 * @param inRecovery whether the server is a standby, or recovers
 */
record ArchiverSettings(
        boolean inRecovery,
        String walLevel,
        String archiveMode,
        String archiveCommand,
        String archiveLibrary,
        String archiveTimeout,
        String restoreCommand) {

    private static final String SUBJECT = "settings";
    private static final String ARCHIVE = "pgsidecar-wal archive %p";
    private static final String RESTORE = "pgsidecar-wal restore %f %p";

    /** With options before and after the verb, and quotes around what PostgreSQL fills in. */
    private static final Pattern CALLS_ARCHIVE = Pattern.compile("pgsidecar-wal\\b.*\\barchive\\b.*%p");

    private static final Pattern CALLS_RESTORE = Pattern.compile("pgsidecar-wal\\b.*\\brestore\\b.*%f.*%p");

    static ArchiverSettings read(Connection connection) throws SQLException {
        Map<String, String> settings = new HashMap<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("""
                        SELECT name, setting, pg_is_in_recovery() FROM pg_settings WHERE name IN ('wal_level',
                        'archive_mode', 'archive_command', 'archive_library', 'archive_timeout', 'restore_command')""")) {
            boolean inRecovery = false;
            while (rows.next()) {
                settings.put(rows.getString(1), rows.getString(2));
                inRecovery = rows.getBoolean(3);
            }
            return new ArchiverSettings(
                    inRecovery,
                    settings.getOrDefault("wal_level", ""),
                    settings.getOrDefault("archive_mode", ""),
                    settings.getOrDefault("archive_command", ""),
                    settings.getOrDefault("archive_library", ""),
                    settings.getOrDefault("archive_timeout", ""),
                    settings.getOrDefault("restore_command", ""));
        }
    }

    List<Finding> judge() {
        List<Finding> findings = new ArrayList<>();
        if (walLevel.equals("minimal")) {
            findings.add(Finding.failed(
                    SUBJECT,
                    "wal_level is minimal: such WAL cannot be recovered from",
                    "Set wal_level = replica, and restart PostgreSQL."));
        }
        if (archiveMode.equals("off")) {
            findings.add(Finding.failed(
                    SUBJECT,
                    "archive_mode is off: no WAL is archived",
                    "Set archive_mode = on, and restart PostgreSQL."));
        } else if (!archiveLibrary.isEmpty()) {
            findings.add(Finding.failed(
                    SUBJECT,
                    "archive_library is \"%s\", and takes the place of archive_command".formatted(archiveLibrary),
                    "Set archive_library = '', and archive_command to '…/%s'.".formatted(ARCHIVE)));
        } else if (!CALLS_ARCHIVE.matcher(archiveCommand).find()) {
            findings.add(Finding.failed(
                    SUBJECT,
                    "archive_command does not call the agent: \"%s\"".formatted(archiveCommand),
                    "Set archive_command = '/run/pgsidecar/%s', and reload.".formatted(ARCHIVE)));
        }
        if (!CALLS_RESTORE.matcher(restoreCommand).find()) {
            findings.add(Finding.warning(
                    SUBJECT,
                    restoreCommand.isEmpty()
                            ? "restore_command is not set: a standby that falls behind cannot catch up from the archive"
                            : "restore_command does not call the agent: \"%s\"".formatted(restoreCommand),
                    "Set restore_command = '/run/pgsidecar/%s', and reload.".formatted(RESTORE)));
        }
        if (archiveTimeout.equals("0")) {
            findings.add(Finding.warning(
                    SUBJECT,
                    "archive_timeout is 0: a quiet primary keeps its last changes in an unfinished segment",
                    "Set archive_timeout = 60s, and reload."));
        }
        if (findings.stream().noneMatch(finding -> finding.level() == Finding.Level.FAILED)) {
            findings.addFirst(
                    Finding.ok(SUBJECT, "archive_mode is %s, archive_command calls the agent".formatted(archiveMode)));
        }
        return findings;
    }
}
