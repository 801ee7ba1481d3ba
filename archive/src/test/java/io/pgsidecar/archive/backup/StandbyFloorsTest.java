package io.pgsidecar.archive.backup;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StandbyFloorsTest {

    /** The primary of {@code pg_control} has 123 connections, 17 workers and 7 prepared transactions. */
    @Test
    void whatAnEarlierRestoreHasRaisedIsRaisedAgain(@TempDir Path data) throws Exception {
        Files.createDirectory(data.resolve("global"));
        Files.write(data.resolve("global/pg_control"), ControlFileTest.file(42));
        Path auto = data.resolve("postgresql.auto.conf");
        Files.writeString(auto, """
                max_connections = '100'
                work_mem = '4MB'
                max_worker_processes = '17'
                """);
        assertThat(StandbyFloors.raise(data)).isEqualTo(Map.of("max_connections", 123));
        assertThat(auto).content().isEqualTo("""
                work_mem = '4MB'
                max_worker_processes = '17'
                max_connections = '123'
                """);
        assertThat(StandbyFloors.raise(data)).isEmpty();
    }

    @Test
    void whereNothingIsThereNothingIsWritten(@TempDir Path data) throws Exception {
        Files.createDirectory(data.resolve("global"));
        Files.write(data.resolve("global/pg_control"), ControlFileTest.file(42));
        assertThat(StandbyFloors.raise(data)).isEmpty();
        assertThat(data.resolve("postgresql.auto.conf")).doesNotExist();
    }
}
