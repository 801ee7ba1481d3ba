package io.pgsidecar.agent.quickstart;

import io.pgsidecar.agent.pod.Pod;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What of a pod's WAL lies in the repository.
 *
 * @param segments how many
 * @param size their size as WAL, in bytes
 * @param stored their size as they are stored, in bytes
 */
record ArchivedWal(int segments, long size, long stored) {

    static ArchivedWal of(Pod pod) throws IOException {
        Map<String, Path> files = pod.storedSegments();
        long stored = 0;
        for (Path file : files.values()) {
            stored += Files.size(file);
        }
        return new ArchivedWal(files.size(), files.size() * segmentSize(pod), stored);
    }

    private static long segmentSize(Pod pod) {
        return Long.parseLong(pod.server().query("SELECT pg_size_bytes(current_setting('wal_segment_size'))"));
    }

    /** Segments that PostgreSQL has closed and does not know as archived yet. */
    static long waiting(Pod pod) throws IOException {
        return statusFiles(pod, ".ready").size();
    }

    /**
     * How long each segment took from the moment PostgreSQL closed it to the moment PostgreSQL knew it archived; sorted.
     * A segment's {@code .ready} file is made at the first and renamed at the second.
     */
    static List<Duration> latencies(Pod pod) throws IOException {
        List<Duration> latencies = new ArrayList<>();
        for (Path done : statusFiles(pod, ".done")) {
            try {
                FileTime renamed = (FileTime) Files.getAttribute(done, "unix:ctime");
                latencies.add(Duration.between(Files.getLastModifiedTime(done).toInstant(), renamed.toInstant()));
            } catch (NoSuchFileException e) {
                // Removed with its segment, by a checkpoint.
            }
        }
        latencies.sort(null);
        return latencies;
    }

    /** Compares each archived segment that PostgreSQL still has with what is stored; how many those were. */
    static int compare(Pod pod) throws IOException {
        int compared = 0;
        for (Path done : statusFiles(pod, ".done")) {
            String segment = done.getFileName().toString().replace(".done", "");
            byte[] written;
            try {
                written =
                        Files.readAllBytes(pod.server().data().resolve("pg_wal").resolve(segment));
            } catch (NoSuchFileException e) {
                continue; // Recycled, as it may be once it is archived.
            }
            if (!Arrays.equals(written, Pod.content(pod.stored(segment)))) {
                throw new StoryException(
                        "%s is not what PostgreSQL has written as %s".formatted(pod.stored(segment), segment));
            }
            compared++;
        }
        return compared;
    }

    private static List<Path> statusFiles(Pod pod, String end) throws IOException {
        try (Stream<Path> files = Files.list(pod.server().data().resolve("pg_wal/archive_status"))) {
            return files.filter(file -> file.getFileName().toString().matches("[0-9A-F]{24}\\" + end))
                    .sorted()
                    .toList();
        }
    }
}
