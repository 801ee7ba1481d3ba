package io.pgsidecar.agent.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a person reads who made a mistake, word for word. */
class ConfigErrorsTest {

    private static final String NUMBER = "must be a whole number from 1 to 65535";
    private static final String TIMEOUT = "must be a duration from 100ms to 1m";
    private static final String NAME = "must be a name of letters, digits, dots, underscores and hyphens";
    private static final String ALGORITHM = "must be none, gzip, lz4 or zstd";

    @TempDir
    Path folder;

    private TestConfig files;

    @BeforeEach
    void setUp() {
        files = new TestConfig(folder);
    }

    @ParameterizedTest
    @MethodSource({"wrongTypes", "outOfRange", "emptyValues", "unknownKeys", "givenTwice", "whatDoesNotGoTogether"})
    void aMistakeIsNamed(String yaml, String line) throws Exception {
        assertThat(files.errors(yaml, TestConfig.REQUIRED)).containsExactly(line);
    }

    static List<Arguments> wrongTypes() {
        return List.of(
                arguments("postgres:\n  port: abc", "postgres.port = abc (agent.yaml:2): " + NUMBER),
                arguments("postgres:\n  port: true", "postgres.port = true (agent.yaml:2): " + NUMBER),
                arguments("postgres:\n  port: 5432.0", "postgres.port = 5432.0 (agent.yaml:2): " + NUMBER),
                arguments("postgres:\n  port: 54 32", "postgres.port = \"54 32\" (agent.yaml:2): " + NUMBER),
                arguments("postgres:\n  port: [5432]", "postgres.port (agent.yaml:2): " + NUMBER + ", not a list"),
                arguments("postgres:\n  port: {is: 1}", "postgres.port (agent.yaml:2): " + NUMBER + ", not a section"),
                arguments("postgres:\n  connectTimeout: 3", "postgres.connectTimeout = 3 (agent.yaml:2): " + TIMEOUT),
                arguments(
                        "postgres:\n  connectTimeout: 3 s",
                        "postgres.connectTimeout = \"3 s\" (agent.yaml:2): " + TIMEOUT),
                arguments(
                        "postgres:\n  host: \"a\\tb\"",
                        "postgres.host = \"a\\tb\" (agent.yaml:2): must be a line of text"),
                arguments(
                        "postgres:\n  passwordFile: secret",
                        "postgres.passwordFile = secret (agent.yaml:2): must be an absolute path"),
                arguments(
                        "archive:\n  compression: brotli", "archive.compression = brotli (agent.yaml:2): " + ALGORITHM),
                // Read, but not written.
                arguments("archive:\n  compression: xz", "archive.compression = xz (agent.yaml:2): " + ALGORITHM),
                arguments(
                        "archive:\n  compressionLevel: high",
                        "archive.compressionLevel = high (agent.yaml:2): must be a whole number"),
                arguments(
                        "log:\n  level: loud",
                        "log.level = loud (agent.yaml:2): must be error, warn, info, debug or trace"),
                arguments("log:\n  format: xml", "log.format = xml (agent.yaml:2): must be text or json"),
                arguments("server: a/b", "server = a/b (agent.yaml:1): " + NAME),
                arguments("server: ..", "server = .. (agent.yaml:1): " + NAME),
                arguments("http: 8008", "http (agent.yaml:1): must be a section, not a single value"),
                arguments("http: [8008]", "http (agent.yaml:1): must be a section, not a list"),
                arguments("repositories: x", "repositories (agent.yaml:1): must be a section, not a single value"),
                arguments(
                        "repositories: {main: /r}",
                        "repositories.main (agent.yaml:1): must be a section, not a single value"));
    }

    static List<Arguments> outOfRange() {
        return List.of(
                arguments("postgres:\n  port: 0", "postgres.port = 0 (agent.yaml:2): " + NUMBER),
                arguments("http:\n  port: -1", "http.port = -1 (agent.yaml:2): must be a whole number from 0 to 65535"),
                arguments("postgres:\n  port: 65536", "postgres.port = 65536 (agent.yaml:2): " + NUMBER),
                arguments("postgres:\n  port: 99999999999", "postgres.port = 99999999999 (agent.yaml:2): " + NUMBER),
                arguments("postgres:\n  queryTimeout: 99ms", "postgres.queryTimeout = 99ms (agent.yaml:2): " + TIMEOUT),
                arguments("postgres:\n  queryTimeout: 61s", "postgres.queryTimeout = 61s (agent.yaml:2): " + TIMEOUT),
                arguments(
                        "restore:\n  retryFor: 99999999999999999999h",
                        "restore.retryFor = 99999999999999999999h (agent.yaml:2): must be a duration from 0s to 10m"));
    }

    static List<Arguments> emptyValues() {
        return List.of(
                arguments("postgres:\n  host: \"\"", "postgres.host = \"\" (agent.yaml:2): must be a line of text"),
                arguments("postgres:\n  host:", "postgres.host (agent.yaml:2): must be a line of text, not empty"),
                arguments("postgres:\n  host: ~", "postgres.host (agent.yaml:2): must be a line of text, not empty"),
                arguments("postgres:\n  host: null", "postgres.host (agent.yaml:2): must be a line of text, not empty"),
                arguments("postgres:\n  password: ''", "postgres.password = ******** (agent.yaml:2): must be text"),
                // YAML takes this for a comment; the agent must not try to log in without a password.
                arguments(
                        "postgres:\n  password: #hunter2",
                        "postgres.password (agent.yaml:2): must be text, not empty"));
    }

    static List<Arguments> unknownKeys() {
        return List.of(
                arguments(
                        "postgres:\n  prot: 5432",
                        "postgres.prot (agent.yaml:2): unknown key; did you mean postgres.port?"),
                arguments(
                        "postgres:\n  pasword: hunter2",
                        "postgres.pasword (agent.yaml:2): unknown key; did you mean postgres.password?"),
                arguments(
                        "postgress:\n  port: 5432\n  host: h",
                        "postgress (agent.yaml:1): unknown key; did you mean postgres?"),
                arguments(
                        "compression: lz4",
                        "compression (agent.yaml:1): unknown key; did you mean archive.compression?"),
                arguments("http:\n  Port: 1", "http.Port (agent.yaml:2): unknown key; did you mean http.port?"),
                arguments(
                        "repositories:\n  main:\n    pth: /r",
                        "repositories.main.pth (agent.yaml:3): unknown key; did you mean repositories.main.path?"),
                arguments("tablespaces: yes", "tablespaces (agent.yaml:1): unknown key, and none is like it"),
                arguments("1234: x", "1234 (agent.yaml:1): unknown key, and none is like it"),
                arguments("http:\n  true: x", "http.true (agent.yaml:2): unknown key, and none is like it"),
                arguments("\"a\\nb\": x", "\"a\\nb\" (agent.yaml:1): unknown key, and none is like it"),
                arguments("<<: {}", "<< (agent.yaml:1): unknown key, and none is like it"),
                arguments(
                        "postgres.port: 5432",
                        "postgres.port (agent.yaml:1): must be written nested: each part of the key on its own level"));
    }

    static List<Arguments> givenTwice() {
        return List.of(
                arguments(
                        "http:\n  port: 1\n  host: h\n  port: 2",
                        "http.port (agent.yaml:4): given twice, first at agent.yaml:2; leave one of the two out"),
                arguments(
                        "http:\n  port: 1\nlog:\nhttp:\n  host: h",
                        "http (agent.yaml:4): given twice, first at agent.yaml:1; leave one of the two out"));
    }

    static List<Arguments> whatDoesNotGoTogether() {
        return List.of(
                arguments(
                        "archive:\n  compressionLevel: 20",
                        "archive.compressionLevel = 20 (agent.yaml:2): must be from 1 to 19 for zstd"),
                arguments(
                        "archive:\n  compression: none\n  compressionLevel: 1",
                        "archive.compressionLevel = 1 (agent.yaml:3): must be left out: compression is none"),
                arguments(
                        "postgres:\n  password: hunter2\n  passwordFile: /f",
                        "postgres.password = ******** (agent.yaml:2):"
                                + " passwordFile is given too; leave one of the two out"),
                arguments(
                        "probes:\n  interval: 10s",
                        "probes.maxAge = 10s (default): must be longer than interval, which is 10s"),
                arguments(
                        "bootstrap:\n  restore: {server: main}",
                        "bootstrap.restore.server = main (agent.yaml:2): must be another one than server:"
                                + " a new cluster keeps its WAL in a folder of its own"),
                arguments(
                        "bootstrap:\n  restore: {server: a, repository: b}",
                        "bootstrap.restore.repository = b (agent.yaml:2): must be one of the repositories: main"),
                arguments(
                        "bootstrap:\n  restore: {targetName: a}",
                        "bootstrap.restore.targetName = a (agent.yaml:2): must be left out without server"),
                arguments(
                        "bootstrap:\n  restore: {server: a, targetXid: 7, targetName: b}",
                        "bootstrap.restore.targetName = b (agent.yaml:2): must be left out, since targetXid is given:"
                                + " a recovery has one end"),
                arguments(
                        "bootstrap:\n  restore: {server: a, targetLsn: b}",
                        "bootstrap.restore.targetLsn = b (agent.yaml:2): \"b\" is no LSN, as in 16/B374D848"),
                arguments(
                        "bootstrap:\n  restore: {server: a, exclusive: true}",
                        "bootstrap.restore.exclusive = true (agent.yaml:2): must be false without targetTime,"
                                + " targetLsn or targetXid"),
                arguments(
                        "bootstrap:\n  restore: {server: a, targetTime: 2026-11-25 10:00:00}",
                        "bootstrap.restore.targetTime = \"2026-11-25 10:00:00\" (agent.yaml:2): must be a time with its"
                                + " zone, as in 2026-11-25 10:15:00+01"),
                arguments(
                        "control:\n  socket: /" + "s".repeat(100),
                        "control.socket = /" + "s".repeat(100)
                                + " (agent.yaml:2): must have at most 100 bytes, not 101"));
    }

    @Test
    void errorsOfTheFileAndOfTheEnvironmentComeAllAtOnce() throws Exception {
        Path file = files.file("""
                server: a/b
                postgres:
                  port: abc
                  prot: 5432
                  password: hunter2
                  passwordFile: /secret
                repositories:
                  main:
                    type: ftp
                archive:
                  compresion: lz4
                probes:
                  interval: 10s
                  interval: 5s
                """);
        Map<String, String> environment = Map.of(
                "PGSIDECAR_HTTP_PORT", "http",
                "PGSIDECAR_PROBES_MAXAGE", "10s",
                "PGSIDECAR_ARCHIVE_COMPRESION", "lz4");

        assertThatThrownBy(() -> ConfigLoader.load(Optional.of(file), environment))
                .isInstanceOf(ConfigException.class)
                .hasMessage("""
                        10 errors in the configuration; nothing was started:
                          probes.interval (FILE:14): given twice, first at FILE:13; leave one of the two out
                          PGSIDECAR_ARCHIVE_COMPRESION: unknown variable; did you mean PGSIDECAR_ARCHIVE_COMPRESSION?
                          server = a/b (FILE:1): must be a name of letters, digits, dots, underscores and hyphens
                          postgres.prot (FILE:4): unknown key; did you mean postgres.port?
                          postgres.data: missing; give an absolute path, in the file or as PGSIDECAR_POSTGRES_DATA
                          postgres.port = abc (FILE:3): must be a whole number from 1 to 65535
                          http.port = http (PGSIDECAR_HTTP_PORT): must be a whole number from 0 to 65535
                          repositories.main.type = ftp (FILE:9): must be filesystem, s3 or azure
                          archive.compresion (FILE:11): unknown key; did you mean archive.compression?
                          probes.maxAge = 10s (PGSIDECAR_PROBES_MAXAGE): must be longer than interval, which is 10s\
                        """.replace("FILE", file.toString()));
    }

    @Test
    void oneErrorIsOneError() {
        assertThatThrownBy(() ->
                        ConfigLoader.load(Optional.empty(), Map.of("PGSIDECAR_REPOSITORIES_MAIN_PATH", "/repository")))
                .hasMessage("""
                        1 error in the configuration; nothing was started:
                          postgres.data: missing; give an absolute path, in the file or as PGSIDECAR_POSTGRES_DATA""");
    }

    @Test
    void withoutAnythingTheRequiredKeysAreMissing() throws Exception {
        assertThat(files.errors("", Map.of()))
                .containsExactly(
                        "postgres.data: missing; give an absolute path, in the file or as PGSIDECAR_POSTGRES_DATA",
                        "repositories.<name>.path: missing; give an absolute path,"
                                + " in the file or as PGSIDECAR_REPOSITORIES_<NAME>_PATH");
    }

    @Test
    void anEntryThatIsNotCompleteIsNamed() throws Exception {
        assertThat(files.errors(
                        "repositories:\n  off-site:\n    type: filesystem",
                        Map.of("PGSIDECAR_POSTGRES_DATA", "/pgdata")))
                .containsExactly("repositories.off-site.path: missing; give an absolute path,"
                        + " in the file or as PGSIDECAR_REPOSITORIES_OFF_SITE_PATH");
    }

    @Test
    void anEntryHasAPlainName() throws Exception {
        assertThat(files.errors("repositories:\n  Main_1:\n    path: /r", Map.of("PGSIDECAR_POSTGRES_DATA", "/pgdata")))
                .containsExactly("repositories.Main_1 (agent.yaml:2):"
                        + " a name must be lower-case letters, digits and hyphens, and begin with a letter");
    }

    @Test
    void moreRepositoriesThanAnybodyNeedsAreAMistake() throws Exception {
        String yaml = "repositories:\n"
                + IntStream.range(0, 8)
                        .mapToObj("  r%d:\n    path: /r\n"::formatted)
                        .collect(Collectors.joining());
        assertThat(files.errors(yaml, TestConfig.REQUIRED))
                .containsExactly(
                        "repositories = r0, r1, r2, r3, r4, r5, r6, r7, main (agent.yaml:1): at most 8 are taken");
    }

    @Test
    void aStoreNeedsItsOwnKeysAndNotThoseOfAnother() throws Exception {
        Map<String, String> data = Map.of("PGSIDECAR_POSTGRES_DATA", "/pgdata");
        assertThat(files.errors("repositories:\n  main:\n    type: s3", data))
                .containsExactly("repositories.main.s3.bucket: missing; give a line of text,"
                        + " in the file or as PGSIDECAR_REPOSITORIES_MAIN_S3_BUCKET");
        assertThat(files.errors("repositories:\n  main:\n    type: azure", data))
                .containsExactly("repositories.main.azure.container: missing; give a line of text,"
                        + " in the file or as PGSIDECAR_REPOSITORIES_MAIN_AZURE_CONTAINER");
        assertThat(files.errors("repositories:\n  main:\n    s3:\n      bucket: b", data))
                .containsExactly("repositories.main.type = filesystem (default): must be s3, since s3.bucket is given");
        assertThat(files.errors("repositories:\n  main:\n    type: s3\n    path: /x\n    s3:\n      bucket: b", data))
                .containsExactly("repositories.main.path = /x (agent.yaml:4): must be left out: the type is s3");
    }

    @Test
    void credentialsAreGivenInWhole() throws Exception {
        String yaml = "repositories:\n  main:\n    type: s3\n    s3:\n      bucket: b\n      ";
        Map<String, String> data = Map.of("PGSIDECAR_POSTGRES_DATA", "/pgdata");
        assertThat(files.errors(yaml + "accessKeyIdFile: /id", data))
                .containsExactly("repositories.main.s3.secretAccessKeyFile: missing; give an absolute path,"
                        + " in the file or as PGSIDECAR_REPOSITORIES_MAIN_S3_SECRET_ACCESS_KEY_FILE");
        assertThat(files.errors(yaml + "encryption: customer", data))
                .containsExactly("repositories.main.s3.customerKeyFile: missing; give an absolute path,"
                        + " in the file or as PGSIDECAR_REPOSITORIES_MAIN_S3_CUSTOMER_KEY_FILE");
        assertThat(files.errors(yaml + "kmsKeyId: k", data))
                .containsExactly(
                        "repositories.main.s3.kmsKeyId = k (agent.yaml:6): must be left out: encryption is not kms");
    }

    @Test
    void oneRepositoryAtLeastMustNotBeOptional() throws Exception {
        assertThat(files.errors("repositories:\n  main:\n    optional: true", TestConfig.REQUIRED))
                .containsExactly("repositories.main.optional = true (agent.yaml:3): must be false for one repository at"
                        + " least: else WAL would count as archived and be nowhere");
        assertThat(files.errors("repositories:\n  main:\n    optional: yes", TestConfig.REQUIRED))
                .containsExactly("repositories.main.optional = yes (agent.yaml:3): must be true or false");
    }

    @Test
    void aListIsAListOrALineAndNothingElse() throws Exception {
        String r = TestConfig.RECIPIENT;
        for (String list : List.of("[R, R]", "\n    - R\n    - R", "R, R", "R R")) {
            assertThat(files.load("encryption:\n  recipients: " + list.replace("R", r), TestConfig.REQUIRED)
                            .config()
                            .encryption()
                            .recipients()
                            .orElseThrow()
                            .values())
                    .as(list)
                    .containsExactly(r, r);
        }
        assertThat(files.errors("encryption:\n  recipients: [R, age1x]".replace("R", r), TestConfig.REQUIRED))
                .singleElement()
                .asString()
                .startsWith("encryption.recipients = ")
                .contains("age1x");
        for (String list : List.of("[]", "[a, [b]]", "[a, {b: c}]", "[a, ]\n  x: 1", "{a: b}")) {
            assertThat(files.errors("encryption:\n  recipients: " + list, TestConfig.REQUIRED))
                    .as(list)
                    .isNotEmpty();
        }
        assertThat(files.errors("log:\n  level: [info]", TestConfig.REQUIRED))
                .containsExactly("log.level (agent.yaml:2): must be error, warn, info, debug or trace, not a list");
    }

    @Test
    void sizesHavePostgresqlsUnits() throws Exception {
        assertThat(files.load("restore:\n  spoolSize: 2GB", TestConfig.REQUIRED)
                        .config()
                        .restore()
                        .spoolSize()
                        .bytes())
                .isEqualTo(2L << 30);
        for (String wrong : List.of("256", "1TB", "-1MB", "65GB", "0.5GB", "1 GB")) {
            assertThat(files.errors("restore:\n  spoolSize: " + wrong, TestConfig.REQUIRED))
                    .as(wrong)
                    .singleElement()
                    .asString()
                    .endsWith("must be a size (kB, MB or GB) from 0kB to 64GB");
        }
    }

    @Test
    void aFileThatCannotBeReadDoesNotHideUnknownVariablesNorInventMissingKeys() {
        assertThat(files.errors(folder.resolve("absent.yaml"), Map.of("PGSIDECAR_LOG_LEVL", "info")))
                .containsExactly(
                        "absent.yaml: no such file",
                        "PGSIDECAR_LOG_LEVL: unknown variable; did you mean PGSIDECAR_LOG_LEVEL?");
    }
}
