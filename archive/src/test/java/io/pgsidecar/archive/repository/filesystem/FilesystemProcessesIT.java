package io.pgsidecar.archive.repository.filesystem;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.archive.repository.Content;
import io.pgsidecar.archive.repository.ObjectExistsException;
import io.pgsidecar.archive.repository.ObjectInfo;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectWriter;
import io.pgsidecar.archive.repository.PutMode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several processes on one folder, and processes that are killed while they write. */
class FilesystemProcessesIT {

    private static final int OBJECTS = 200;

    @TempDir
    private Path root;

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void ofTwoProcessesThatCreateTheSameKeysOneWinsEach(boolean hardLinks) throws Exception {
        List<Process> processes = new ArrayList<>();
        for (String name : List.of("first", "second")) {
            processes.add(start("race", name, hardLinks));
        }
        List<Set<String>> won = new ArrayList<>();
        try {
            List<BufferedReader> outputs = new ArrayList<>();
            for (Process process : processes) {
                BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
                assertThat(output.readLine()).isEqualTo("ready");
                outputs.add(output);
            }
            for (Process process : processes) {
                process.outputWriter(StandardCharsets.UTF_8).append("go\n").flush();
            }
            for (BufferedReader output : outputs) {
                won.add(new HashSet<>(output.lines().toList()));
            }
            for (Process process : processes) {
                assertThat(process.waitFor()).isZero();
            }
        } finally {
            processes.forEach(Process::destroyForcibly);
        }
        assertThat(won.get(0)).doesNotContainAnyElementsOf(won.get(1));
        assertThat(won.get(0).size() + won.get(1).size()).isEqualTo(OBJECTS);
        try (ObjectStore store = FilesystemStore.open(root)) {
            for (int i = 0; i < OBJECTS; i++) {
                String winner = won.get(0).contains("k" + i) ? "first" : "second";
                assertThat(FilesystemStoreTest.text(store, ObjectKey.of("race", "k" + i)))
                        .isEqualTo(winner);
            }
        }
    }

    @Test
    void afterAKillEveryVisibleObjectIsWholeAndEveryAcknowledgedOneIsThere() throws Exception {
        int rounds = Boolean.getBoolean("pgsidecar.long") ? 30 : 3;
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int round = 0; round < rounds; round++) {
            String name = "round" + round;
            Process process = start("write", name, round % 2 == 0);
            List<String> acknowledged = new ArrayList<>();
            try {
                BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
                assertThat(output.readLine()).isEqualTo("ready");
                process.outputWriter(StandardCharsets.UTF_8).append("go\n").flush();
                // A random number of objects, and then a random moment within the next one.
                for (int i = random.nextInt(1, 40); i > 0; i--) {
                    acknowledged.add(output.readLine());
                }
                TimeUnit.MICROSECONDS.sleep(random.nextInt(3000));
                process.toHandle().destroyForcibly(); // SIGKILL; the process's own method would close its output too.
                process.waitFor();
                output.lines().filter(line -> line.endsWith(";")).forEach(acknowledged::add);
            } finally {
                process.destroyForcibly();
            }
            try (ObjectStore store = FilesystemStore.open(root)) {
                Set<String> visible = new HashSet<>();
                try (Stream<ObjectInfo> objects = store.list(new ObjectKey(name))) {
                    for (ObjectInfo object : objects.toList()) {
                        assertThat(isWhole(store, object.key()))
                                .as("%s, %d bytes, seed %d", object.key(), object.size(), seed)
                                .isTrue();
                        visible.add(object.key().name() + ";");
                    }
                }
                assertThat(visible).as("seed %d", seed).containsAll(acknowledged);
            }
        }
    }

    private Process start(String what, String name, boolean hardLinks) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Child.class.getName(),
                        root.toString(),
                        what,
                        name,
                        String.valueOf(hardLinks))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** An object's first eight bytes are the seed of the rest, the next four its length. */
    private static byte[] sealed(long seed, int length) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        ByteBuffer.wrap(bytes).putLong(seed).putInt(length);
        return bytes;
    }

    private static boolean isWhole(ObjectStore store, ObjectKey key) throws IOException {
        try (InputStream in = store.open(key, 0)) {
            byte[] bytes = in.readAllBytes();
            return bytes.length >= 12
                    && Arrays.equals(
                            bytes,
                            sealed(
                                    ByteBuffer.wrap(bytes).getLong(),
                                    ByteBuffer.wrap(bytes).getInt(8)));
        }
    }

    /** The other process. It says "ready", waits for a line, and then a line for each object that it has stored. */
    static final class Child {
        private Child() {}

        public static void main(String[] args) throws IOException {
            HardLinks links = Boolean.parseBoolean(args[3]) ? HardLinks.SYSTEM : FilesystemContractTest.NONE;
            ObjectStore store = new FilesystemObjectStore(Path.of(args[0]), links);
            say("ready");
            int ignored = System.in.read();
            if (args[1].equals("race")) {
                race(store, args[2]);
            } else {
                write(store, args[2]);
            }
        }

        private static void race(ObjectStore store, String name) throws IOException {
            for (int i = 0; i < OBJECTS; i++) {
                try {
                    store.put(ObjectKey.of("race", "k" + i), Content.of(name), PutMode.CREATE);
                    say("k" + i);
                } catch (ObjectExistsException e) {
                    // The other one was first.
                }
            }
        }

        private static void write(ObjectStore store, String name) throws IOException {
            Random random = new Random();
            for (int i = 0; ; i++) {
                ObjectKey key = ObjectKey.of(name, "f" + i % 7, "k" + i);
                byte[] bytes = sealed(random.nextLong(), random.nextInt(12, 500_000));
                if (i % 3 == 0) {
                    store.put(key, Content.of(bytes), PutMode.REPLACE);
                } else {
                    try (ObjectWriter writer = store.newWriter(key, PutMode.CREATE)) {
                        writer.stream().write(bytes);
                        writer.commit();
                    }
                }
                say("k" + i + ";");
            }
        }

        private static void say(String line) {
            System.out.println(line);
            System.out.flush();
        }
    }
}
