package io.pgsidecar.agent.check;

import io.pgsidecar.probes.InstanceAddress;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Whether PostgreSQL can be reached, is set up to archive, and does. */
public final class InstanceCheck {

    private final InstanceAddress address;
    private final Function<String, List<String>> without;
    private final boolean switchWal;
    private final Duration patience;

    /**
     * A check of the instance.
     *
     * @param without which repositories lack a segment
     * @param switchWal whether a segment may be finished, to see it archived
     * @param patience how long it is waited for
     */
    public InstanceCheck(
            InstanceAddress address, Function<String, List<String>> without, boolean switchWal, Duration patience) {
        this.address = address;
        this.without = without;
        this.switchWal = switchWal;
        this.patience = patience;
    }

    public List<Finding> run() throws InterruptedException {
        List<Finding> findings = new ArrayList<>();
        try (Connection connection = address.connect()) {
            ArchiverSettings settings = ArchiverSettings.read(connection);
            findings.add(Finding.ok(
                    "postgres",
                    "%s, %s"
                            .formatted(
                                    connection.getMetaData().getDatabaseProductVersion(),
                                    settings.inRecovery() ? "in recovery" : "primary")));
            List<Finding> judged = settings.judge();
            findings.addAll(judged);
            if (judged.stream().anyMatch(finding -> finding.level() == Finding.Level.FAILED)) {
                findings.add(Finding.skipped("archiving", "the settings must be right first"));
            } else if (settings.inRecovery()) {
                findings.add(Finding.skipped("archiving", "it is for the primary to archive"));
            } else if (!switchWal) {
                findings.add(Finding.skipped("archiving", "--no-switch was given"));
            } else {
                findings.add(new ArchivingCheck(connection, without, patience).run());
            }
        } catch (SQLException e) {
            findings.add(Finding.failed("postgres", String.valueOf(e.getMessage()), remedy(e)));
        } catch (IOException e) {
            findings.add(Finding.failed(
                    "postgres", "cannot read the password: " + e.getMessage(), "Check postgres.passwordFile."));
        }
        return findings;
    }

    private String remedy(SQLException e) {
        String state = e.getSQLState() == null ? "" : e.getSQLState();
        return switch (state) {
            case "28P01", "28000" ->
                "Check postgres.user (%s), its password, and pg_hba.conf. Archiving itself needs no login."
                        .formatted(address.user());
            case "3D000" -> "Check postgres.database (%s).".formatted(address.database());
            case "57P03" -> "PostgreSQL is starting, stopping or recovering: wait for it.";
            case "53300" -> "PostgreSQL has no connection left: see max_connections.";
            default ->
                "Is PostgreSQL running, and are postgres.host (%s) and postgres.port (%d) right?"
                        .formatted(address.host(), address.port());
        };
    }
}
