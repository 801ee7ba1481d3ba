package io.pgsidecar.agent.trial;

import io.pgsidecar.archive.backup.BackupException;
import io.pgsidecar.archive.backup.BeforeControl;
import io.pgsidecar.archive.backup.RecoverySettings;
import io.pgsidecar.archive.backup.RecoveryTarget;
import io.pgsidecar.archive.backup.TargetTimeline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Settings of a server that is only to show that it starts. None of the backup's is kept: it archives nothing, replicates
 * from nobody, loads no library and is reached by nobody but us.
 */
record TrialSettings(int major, int port) implements BeforeControl {

    static final String USER = "pgsidecar_verify";

    @Override
    public void complete(Path directory, byte[] control) throws IOException, BackupException {
        Files.deleteIfExists(directory.resolve("postgresql.auto.conf"));
        Files.deleteIfExists(directory.resolve("standby.signal"));
        Files.write(directory.resolve("postgresql.conf"), lines());
        Files.write(directory.resolve("pg_hba.conf"), List.of("host all " + USER + " 127.0.0.1/32 scram-sha-256"));
        Files.writeString(directory.resolve("pg_ident.conf"), "");
        // All WAL that it needs is in pg_wal; what it asks for besides is nowhere.
        new RecoverySettings(
                        new RecoveryTarget(
                                new RecoveryTarget.Stop.Immediate(),
                                true,
                                TargetTimeline.CURRENT,
                                RecoveryTarget.Action.PROMOTE),
                        false,
                        "false",
                        Optional.empty())
                .complete(directory, control);
    }

    List<String> lines() {
        List<String> lines = new ArrayList<>(List.of(
                "listen_addresses = '127.0.0.1'",
                "port = " + port,
                "unix_socket_directories = ''",
                "ssl = off",
                "archive_mode = off",
                "max_logical_replication_workers = 0",
                "max_wal_senders = 10",
                // It accepts connections when the recovery has ended, and not before.
                "hot_standby = off",
                "shared_buffers = 32MB",
                "huge_pages = off",
                // Nothing of it is left in /dev/shm if it is killed.
                "dynamic_shared_memory_type = mmap",
                "jit = off",
                "autovacuum = off",
                "max_wal_size = 1GB",
                // Thrown away in a moment.
                "fsync = off",
                "full_page_writes = off",
                "logging_collector = off",
                "log_destination = stderr",
                "lc_messages = C",
                "password_encryption = 'scram-sha-256'"));
        if (major >= 17) {
            // Triggers on login are somebody else's code.
            lines.add("event_triggers = off");
        }
        return lines;
    }
}
