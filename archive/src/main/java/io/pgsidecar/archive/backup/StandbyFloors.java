package io.pgsidecar.archive.backup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A server in recovery does not start with less of some settings than the primary had, which {@code pg_control} tells and
 * which changes when the primary's do. What makes up for it is in {@code postgresql.auto.conf}, which counts before every
 * other file: so it has to be raised again when the primary's settings were.
 */
public final class StandbyFloors {

    private record Floor(String name, int byDefault, int needed) {}

    private StandbyFloors() {}

    private static List<Floor> of(ControlFile control) {
        return List.of(
                new Floor("max_connections", 100, control.maxConnections()),
                new Floor("max_worker_processes", 8, control.maxWorkerProcesses()),
                new Floor("max_wal_senders", 10, control.maxWalSenders()),
                new Floor("max_prepared_transactions", 0, control.maxPreparedTransactions()),
                new Floor("max_locks_per_transaction", 64, control.maxLocksPerTransaction()));
    }

    /** The settings that are too low, with what they have to be. */
    static Map<String, Integer> missed(ServerSettings base, ServerSettings auto, ControlFile control) {
        Map<String, Integer> missed = new LinkedHashMap<>();
        for (Floor floor : of(control)) {
            Optional<String> set = auto.get(floor.name()).or(() -> base.get(floor.name()));
            if (value(set, floor.byDefault()) < floor.needed()) {
                missed.put(floor.name(), floor.needed());
            }
        }
        return missed;
    }

    /**
     * Raises what a data directory's {@code postgresql.auto.conf} has too low; what it does not have is other files' to say.
     *
     * @return the settings that were raised
     */
    public static Map<String, Integer> raise(Path data) throws IOException {
        ControlFile control;
        try {
            control = ControlFile.parse(Files.readAllBytes(data.resolve("global/pg_control")));
        } catch (IllegalArgumentException e) {
            throw new IOException("global/pg_control: " + e.getMessage(), e);
        }
        Path file = data.resolve(RecoverySettings.AUTO);
        ServerSettings auto = RecoverySettings.read(file);
        Map<String, Integer> raised = missed(new ServerSettings(List.of()), auto, control);
        raised.keySet().removeIf(name -> auto.get(name).isEmpty());
        if (!raised.isEmpty()) {
            ServerSettings settings = auto.without(raised.keySet());
            for (Map.Entry<String, Integer> setting : raised.entrySet()) {
                settings = settings.with(setting.getKey(), setting.getValue().toString());
            }
            RecoverySettings.write(file, settings.text());
        }
        return raised;
    }

    private static long value(Optional<String> set, int byDefault) {
        try {
            return set.isPresent() ? Long.decode(set.get()) : byDefault;
        } catch (NumberFormatException e) {
            return -1;
        }
    }
}
