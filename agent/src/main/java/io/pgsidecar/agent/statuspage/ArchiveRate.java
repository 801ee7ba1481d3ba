package io.pgsidecar.agent.statuspage;

import io.pgsidecar.archive.wal.ArchivedFile;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** How much was archived in each of the last {@value #MINUTES} minutes. Safe for several threads. */
public final class ArchiveRate implements Consumer<ArchivedFile> {

    static final int MINUTES = 60;
    private static final int RECENT = 5;

    private final InstantSource clock;
    private final long[] minutes = new long[MINUTES];
    private final long[] files = new long[MINUTES];
    private final long[] bytes = new long[MINUTES];

    public ArchiveRate(InstantSource clock) {
        this.clock = clock;
    }

    /**
     * What was archived.
     *
     * @param perMinute files of each minute, the oldest first; the last minute is not over
     * @param recentFiles in the last whole minutes, and the one that is not over
     * @param recentBytes before compression
     * @param recent how long that is
     */
    public record Rate(List<Long> perMinute, long recentFiles, long recentBytes, Duration recent) {

        /** Nothing. */
        public static final Rate NONE = new Rate(List.of(), 0, 0, Duration.ofMinutes(RECENT));

        public Rate {
            perMinute = List.copyOf(perMinute);
        }

        /** Bytes a second. */
        public long bytesPerSecond() {
            return recent.isZero() ? 0 : recentBytes / Math.max(1, recent.toSeconds());
        }
    }

    @Override
    public void accept(ArchivedFile file) {
        long minute = minute(clock.instant());
        int i = Math.floorMod(minute, MINUTES);
        synchronized (this) {
            if (minutes[i] != minute) {
                minutes[i] = minute;
                files[i] = 0;
                bytes[i] = 0;
            }
            files[i]++;
            bytes[i] += file.bytes();
        }
    }

    /** How it stands now. */
    public synchronized Rate rate() {
        Instant now = clock.instant();
        long minute = minute(now);
        List<Long> all = new ArrayList<>();
        long recentFiles = 0;
        long recentBytes = 0;
        for (long m = minute - MINUTES + 1; m <= minute; m++) {
            int i = Math.floorMod(m, MINUTES);
            boolean known = minutes[i] == m;
            all.add(known ? files[i] : 0);
            if (known && m > minute - RECENT) {
                recentFiles += files[i];
                recentBytes += bytes[i];
            }
        }
        Duration recent = Duration.between(Instant.ofEpochSecond((minute - RECENT + 1) * 60), now);
        return new Rate(all, recentFiles, recentBytes, recent);
    }

    private static long minute(Instant time) {
        return Math.floorDiv(time.getEpochSecond(), 60);
    }
}
