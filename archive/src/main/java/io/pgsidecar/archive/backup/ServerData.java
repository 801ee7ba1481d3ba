package io.pgsidecar.archive.backup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * Whether the data directory is that of the server that the session is with. Files of one server with the label of another
 * look like a backup, and are none: a standby's directory and its primary's have the same system identifier.
 */
record ServerData(Path data, BackupSession.Server server) {

    private static final int TRIES = 5;

    /** Before anything is begun: it is a directory of the same cluster. */
    void requireCluster() throws IOException, BackupException, InterruptedException {
        byte[] ignored = control(0);
    }

    /** When the server has begun the backup: it is the directory in which it did. */
    void requireBegun(long startLsn) throws IOException, BackupException, InterruptedException {
        ControlState.State state = ControlState.parse(control(startLsn)).state();
        if (state
                == (server.inRecovery() ? ControlState.State.IN_PRODUCTION : ControlState.State.IN_ARCHIVE_RECOVERY)) {
            throw other("it is of a %s, and the server is a %s"
                    .formatted(
                            server.inRecovery() ? "primary" : "standby", server.inRecovery() ? "standby" : "primary"));
        }
    }

    /**
     * The content of {@code pg_control}, whole: it may be read while it is written.
     *
     * @param startLsn the checkpoint with which the backup began, or a later one, is in it
     */
    byte[] control(long startLsn) throws IOException, BackupException, InterruptedException {
        byte[] content = content();
        ControlState says = ControlState.parse(content);
        if (says.systemIdentifier() != server.systemIdentifier()) {
            throw other("its system identifier is %s, and the server's is %s"
                    .formatted(
                            Long.toUnsignedString(says.systemIdentifier()),
                            Long.toUnsignedString(server.systemIdentifier())));
        }
        if (Long.compareUnsigned(says.redo(), startLsn) < 0) {
            throw other("its last checkpoint is at %s, and the server has made one at %s"
                    .formatted(RecoverySettings.lsn(says.redo()), RecoverySettings.lsn(startLsn)));
        }
        return content;
    }

    private byte[] content() throws IOException, BackupException, InterruptedException {
        Path file = data.resolve("global/pg_control");
        for (int tries = 1; ; tries++) {
            try {
                byte[] content = Files.readAllBytes(file);
                ControlState ignored = ControlState.parse(content);
                return content;
            } catch (NoSuchFileException e) {
                throw new BackupException(
                        BackupException.Reason.BAD_REQUEST,
                        "there is no global/pg_control in %s".formatted(data),
                        "postgres.data must be the data directory of the server, as the agent sees it.",
                        e);
            } catch (IllegalArgumentException e) {
                if (tries == TRIES) {
                    throw new IOException("%s cannot be used: %s".formatted(file, e.getMessage()), e);
                }
            }
            Thread.sleep(tries);
        }
    }

    private BackupException other(String why) {
        return new BackupException(
                BackupException.Reason.OTHER_CLUSTER,
                "%s is not the data directory of the server that answers: %s".formatted(data, why),
                "Set postgres.data, and postgres.host and postgres.port, to the same instance.");
    }
}
