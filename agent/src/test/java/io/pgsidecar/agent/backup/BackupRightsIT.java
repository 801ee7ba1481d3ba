package io.pgsidecar.agent.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.pgsidecar.agent.DocsPage;
import io.pgsidecar.agent.pod.Pod;
import io.pgsidecar.agent.pod.PodFolder;
import io.pgsidecar.agent.pod.Program;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The rights that docs/backup.md gives the agent's role are enough, and none of them is too many. */
class BackupRightsIT {

    @TempDir(factory = PodFolder.class)
    Path home;

    /** Before and since the functions have their short names; all by {@code mvn verify -Plong}. */
    static Stream<Arguments> versions() {
        return Stream.of(arguments(14, "14"), arguments(18, "15"), arguments(15, "15"), arguments(17, "15"))
                .limit(Boolean.getBoolean("pgsidecar.long") ? 4 : 2);
    }

    @ParameterizedTest
    @MethodSource("versions")
    void aBackupNeedsTheseRightsAndNoOthers(int major, String block) throws Exception {
        List<String> rights = Arrays.stream(
                        DocsPage.BACKUP.block("rights: " + block).split(";"))
                .map(String::strip)
                .filter(statement -> !statement.isEmpty())
                .toList();
        try (Pod pod = Pod.create(major, home.resolve("a"), home.resolve("r"))) {
            pod.agent().set("postgres.user", "pgsidecar");
            pod.start();
            pod.server().execute(rights.toArray(String[]::new));
            Program backup = Program.run(pod, "backup", "now");
            assertThat(backup.exit()).as(backup.out()).isZero();

            for (String right : rights.subList(1, rights.size())) {
                pod.server().execute(right.replace("GRANT", "REVOKE").replace(" TO ", " FROM "));
                backup = Program.run(pod, "backup", "now");
                assertThat(backup.exit()).as("without " + right).isEqualTo(1);
                assertThat(backup.out()).contains("permission denied").contains("hint: The role needs EXECUTE on");
                pod.server().execute(right);
            }
            pod.server().execute("REVOKE pg_monitor FROM pgsidecar");
            backup = Program.run(pod, "backup", "now");
            assertThat(backup.exit()).as(backup.out()).isEqualTo(1);
        }
    }
}
