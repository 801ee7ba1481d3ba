package io.pgsidecar.archive.repository.filesystem;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RacingProcessesIT {

    private static final int PROCESSES = 3;
    private static final int OBJECTS = Boolean.getBoolean("pgsidecar.long") ? 2000 : 150;

    @TempDir
    private Path root;

    @ParameterizedTest(name = "hard links: {0}")
    @ValueSource(booleans = {true, false})
    void eachObjectIsCreatedByExactlyOneProcess(boolean hardLinks) throws Exception {
        List<Process> processes = new ArrayList<>();
        try {
            for (int i = 0; i < PROCESSES; i++) {
                processes.add(
                        ChildJvm.start(List.of(), CreatingProcess.class, root, OBJECTS, "process-" + i, hardLinks));
            }
            for (Process process : processes) {
                assertThat(process.inputReader().readLine()).isEqualTo("ready");
            }
            for (Process process : processes) {
                process.getOutputStream().write('\n');
                process.getOutputStream().flush();
            }
            assertThatEachObjectHasOneCreator(processes);
        } finally {
            processes.forEach(Process::destroyForcibly);
        }
    }

    private void assertThatEachObjectHasOneCreator(List<Process> processes) throws Exception {
        Map<String, String> creators = new HashMap<>();
        for (int i = 0; i < processes.size(); i++) {
            String name = "process-" + i;
            try (BufferedReader output = processes.get(i).inputReader()) {
                output.lines()
                        .forEach(key -> assertThat(creators.put(key, name))
                                .as("creator of %s besides %s", key, name)
                                .isNull());
            }
            assertThat(processes.get(i).waitFor()).isZero();
        }
        assertThat(creators).hasSize(OBJECTS);
        creators.forEach((key, name) -> assertThat(root.resolve(key)).hasContent(name));
        System.out.println("RacingProcessesIT: won by "
                + new ArrayList<>(creators.values())
                        .stream().collect(Collectors.groupingBy(n -> n, Collectors.counting())));
    }
}
