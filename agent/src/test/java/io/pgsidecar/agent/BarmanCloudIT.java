package io.pgsidecar.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.pgsidecar.agent.pod.Pod;
import io.pgsidecar.agent.pod.PodFolder;
import io.pgsidecar.archive.stores.S3MockServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Barman's own program reads what the agent has stored in S3. It is the one on the path, or with
 * {@code -Dbarman.cloud="chroot /a/newer/debian"} the one that such a command finds; the temporary folder must be there
 * too.
 */
class BarmanCloudIT {

    private static final String PROGRAM = "barman-cloud-wal-restore";

    @TempDir(factory = PodFolder.class)
    Path home;

    private record Run(int exit, String out) {}

    @ParameterizedTest
    @CsvSource({"none, 2, 0", "gzip, 2, 0", "lz4, 3, 12", "zstd, 3, 12"})
    void restoresWhatTheAgentHasStored(String compression, int major, int minor) throws Exception {
        Run version = barman(PROGRAM, "--version");
        assumeThat(version.exit()).as(PROGRAM + " is installed").isZero();
        Matcher number = Pattern.compile("(\\d+)\\.(\\d+)").matcher(version.out());
        assertThat(number.find()).as(version.out()).isTrue();
        assumeThat(100 * Integer.parseInt(number.group(1)) + Integer.parseInt(number.group(2)))
                .as("%s knows %s from %d.%d on", version.out().strip(), compression, major, minor)
                .isGreaterThanOrEqualTo(100 * major + minor);

        Path stored = Files.createDirectory(home.resolve("s3"));
        try (S3MockServer s3 = S3MockServer.create(stored);
                Pod pod = Pod.create(17, home.resolve("a"), home.resolve("unused"), "--wal-segsize=1")) {
            s3.start();
            Path id = Files.writeString(home.resolve("id"), s3.accessKeyId());
            Path key = Files.writeString(home.resolve("key"), s3.secretAccessKey());
            pod.agent()
                    .keepIn(List.of(
                            "repositories.main.type: s3",
                            "repositories.main.s3.bucket: " + s3.bucket(),
                            "repositories.main.s3.endpoint: " + s3.endpoint(),
                            "repositories.main.s3.accessKeyIdFile: " + id,
                            "repositories.main.s3.secretAccessKeyFile: " + key))
                    .set("archive.compression", compression);
            pod.start();
            String segment = pod.switchAndArchive();
            Path restored = home.resolve("restored");

            Run run = barman(
                    PROGRAM,
                    "--endpoint-url",
                    s3.endpoint().toString(),
                    "s3://" + s3.bucket(),
                    "main",
                    segment,
                    restored.toString());
            assertThat(run.exit()).as(run.out()).isZero();
            assertThat(restored).hasSameBinaryContentAs(pod.server().data().resolve("pg_wal/" + segment));
        }
    }

    private static Run barman(String... command) throws InterruptedException {
        List<String> all = new ArrayList<>();
        String prefix = System.getProperty("barman.cloud", "");
        if (!prefix.isEmpty()) {
            all.addAll(List.of(prefix.split(" ")));
        }
        all.addAll(List.of(command));
        ProcessBuilder builder = new ProcessBuilder(all).redirectErrorStream(true);
        builder.environment()
                .putAll(Map.of(
                        "AWS_ACCESS_KEY_ID", "test-access-key",
                        "AWS_SECRET_ACCESS_KEY", "test-secret-key",
                        "AWS_DEFAULT_REGION", "us-east-1"));
        try {
            Process process = builder.start();
            String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Run(process.waitFor(), out);
        } catch (IOException e) {
            return new Run(127, e.toString());
        }
    }
}
