package io.pgsidecar.agent.metrics;

import io.pgsidecar.archive.wal.ArchivedFile;
import io.pgsidecar.archive.wal.WalArchiver;
import io.pgsidecar.archive.wal.WalFileName;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What was archived since the agent's start, asked for or ahead. Safe for several threads. */
public final class ArchiveCounts implements Consumer<ArchivedFile> {

    private final InstantSource clock;
    private final Durations durations;
    private long segments;
    private long others;
    private long ahead;
    private long bytes;
    private @Nullable Instant last;

    /** @param durations takes in how long each took */
    public ArchiveCounts(InstantSource clock, Durations durations) {
        this.clock = clock;
        this.durations = durations;
    }

    /** How it stands at a moment. */
    public record Totals(long segments, long others, long ahead, long bytes, Optional<Instant> last) {}

    @Override
    public void accept(ArchivedFile file) {
        durations.add(file.took().toNanos());
        synchronized (this) {
            if (file.name().kind() == WalFileName.Kind.SEGMENT) {
                segments++;
            } else {
                others++;
            }
            bytes += file.outcome() == WalArchiver.Outcome.STORED ? file.bytes() : 0;
            ahead += file.ahead() ? 1 : 0;
            last = clock.instant();
        }
    }

    Durations durations() {
        return durations;
    }

    /** How it stands now. */
    public synchronized Totals totals() {
        return new Totals(segments, others, ahead, bytes, Optional.ofNullable(last));
    }
}
