package io.pgsidecar.agent.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.pgsidecar.archive.codec.Compression;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigLoaderTest {

    @TempDir
    Path folder;

    private TestConfig files;

    @BeforeEach
    void setUp() {
        files = new TestConfig(folder);
    }

    @Test
    void theEnvironmentGoesOverTheFileAndTheFileOverTheDefaults() throws Exception {
        LoadedConfig loaded = files.load(
                """
                postgres:
                  data: /pgdata
                  port: 5433
                repositories:
                  off-site:
                    path: /from/file
                archive:
                  compression: lz4
                """,
                Map.of(
                        "PGSIDECAR_ARCHIVE_COMPRESSION", "gzip",
                        "PGSIDECAR_REPOSITORIES_OFF_SITE_PATH", "/from/environment"));

        assertThat(loaded.config().postgres().port()).isEqualTo(5433);
        assertThat(loaded.config().archive().compression()).isEqualTo(Compression.GZIP);
        assertThat(loaded.config().repositories())
                .extractingByKey("off-site")
                .extracting(RepositoryConfig::path)
                .isEqualTo(Optional.of(Path.of("/from/environment")));

        String file = folder.resolve("agent.yaml").toString();
        assertThat(from(loaded))
                .contains(
                        entry("postgres.host", "default"),
                        entry("postgres.data", file + ":2"),
                        entry("postgres.port", file + ":3"),
                        entry("archive.compression", "PGSIDECAR_ARCHIVE_COMPRESSION"),
                        entry("repositories.off-site.path", "PGSIDECAR_REPOSITORIES_OFF_SITE_PATH"));
    }

    private static Map<String, String> from(LoadedConfig loaded) {
        Map<String, String> from = new HashMap<>();
        loaded.settings().forEach(setting -> from.put(setting.key(), setting.from()));
        return from;
    }

    @Test
    void everyKeyCanBeGivenByItsVariable() throws Exception {
        Map<String, String> environment = new HashMap<>(TestConfig.REQUIRED);
        environment.putAll(Map.ofEntries(
                entry("PGSIDECAR_SERVER", "orders-1"),
                entry("PGSIDECAR_POSTGRES_DATA", "/data"),
                entry("PGSIDECAR_POSTGRES_HOST", "localhost"),
                entry("PGSIDECAR_POSTGRES_PORT", "1"),
                entry("PGSIDECAR_POSTGRES_DATABASE", "app"),
                entry("PGSIDECAR_POSTGRES_USER", "me"),
                entry("PGSIDECAR_POSTGRES_PASSWORD_FILE", "/secret"),
                entry("PGSIDECAR_POSTGRES_CONNECT_TIMEOUT", "250ms"),
                entry("PGSIDECAR_POSTGRES_QUERY_TIMEOUT", "1m"),
                entry("PGSIDECAR_HTTP_HOST", "::1"),
                entry("PGSIDECAR_HTTP_PORT", "0"),
                entry("PGSIDECAR_CONTROL_SOCKET", "/tmp/s"),
                entry("PGSIDECAR_REPOSITORIES_MAIN_TYPE", "FileSystem"),
                entry("PGSIDECAR_REPOSITORIES_MAIN_OPTIONAL", "FALSE"),
                entry("PGSIDECAR_ENCRYPTION_RECIPIENTS", TestConfig.RECIPIENT + " " + TestConfig.RECIPIENT),
                entry("PGSIDECAR_ENCRYPTION_IDENTITY_FILE", "/identity"),
                entry("PGSIDECAR_ARCHIVE_COMPRESSION", "LZ4"),
                entry("PGSIDECAR_ARCHIVE_COMPRESSION_LEVEL", "12"),
                entry("PGSIDECAR_ARCHIVE_LOOK_AHEAD", "0"),
                entry("PGSIDECAR_BACKUP_COMPRESSION", "gzip"),
                entry("PGSIDECAR_BACKUP_COMPRESSION_LEVEL", "9"),
                entry("PGSIDECAR_BACKUP_PARALLEL", "3"),
                entry("PGSIDECAR_BACKUP_TAR_SIZE", "16MB"),
                entry("PGSIDECAR_BACKUP_RATE_LIMIT", "1GB"),
                entry("PGSIDECAR_BACKUP_CHECKPOINT", "spread"),
                entry("PGSIDECAR_BACKUP_WAL_TIMEOUT", "60s"),
                entry("PGSIDECAR_BACKUP_SCHEDULE", "0 2 * * *"),
                entry("PGSIDECAR_BACKUP_TIME_ZONE", "Europe/Vienna"),
                entry("PGSIDECAR_BACKUP_IMMEDIATE", "true"),
                entry("PGSIDECAR_BACKUP_JITTER", "5m"),
                entry("PGSIDECAR_RETENTION_REDUNDANCY", "7"),
                entry("PGSIDECAR_RETENTION_WINDOW", "3m"),
                entry("PGSIDECAR_RETENTION_MINIMUM", "2"),
                entry("PGSIDECAR_RESTORE_RETRY_FOR", "0s"),
                entry("PGSIDECAR_RESTORE_PREFETCH", "32"),
                entry("PGSIDECAR_RESTORE_SPOOL", "/spool"),
                entry("PGSIDECAR_RESTORE_SPOOL_SIZE", "1024kB"),
                entry("PGSIDECAR_BOOTSTRAP_PRIMARY_HOST", "one,two"),
                entry("PGSIDECAR_BOOTSTRAP_PRIMARY_PORT", "5433"),
                entry("PGSIDECAR_BOOTSTRAP_REPLICATION_USER", "streamer"),
                entry("PGSIDECAR_BOOTSTRAP_PASSWORD_FILE", "/stream-secret"),
                entry("PGSIDECAR_BOOTSTRAP_PRIMARY_CONNINFO", "sslmode=require"),
                entry("PGSIDECAR_BOOTSTRAP_NEW_CLUSTER", "never"),
                entry("PGSIDECAR_BOOTSTRAP_RESTORE_SERVER", "orders-0"),
                entry("PGSIDECAR_BOOTSTRAP_RESTORE_REPOSITORY", "main"),
                entry("PGSIDECAR_BOOTSTRAP_RESTORE_BACKUP", "20260101T000000"),
                entry("PGSIDECAR_BOOTSTRAP_RESTORE_TARGET_TIME", "2026-11-25 10:15:00+01"),
                entry("PGSIDECAR_BOOTSTRAP_RESTORE_EXCLUSIVE", "true"),
                entry("PGSIDECAR_BOOTSTRAP_RESTORE_TIMELINE", "current"),
                entry("PGSIDECAR_BOOTSTRAP_LOST_CLUSTER", "refuse"),
                entry("PGSIDECAR_BOOTSTRAP_OLD_PRIMARY", "Start"),
                entry("PGSIDECAR_BOOTSTRAP_UNPROVEN", "start"),
                entry("PGSIDECAR_BOOTSTRAP_REBUILD_DIVERGED", "true"),
                entry("PGSIDECAR_BOOTSTRAP_KEEP_DIVERGED", "false"),
                entry("PGSIDECAR_BOOTSTRAP_RAISE_SETTINGS", "false"),
                entry("PGSIDECAR_BOOTSTRAP_TIMEOUT", "2h"),
                entry("PGSIDECAR_BOOTSTRAP_INTERVAL", "1s"),
                entry("PGSIDECAR_PROBES_INTERVAL", "100ms"),
                entry("PGSIDECAR_PROBES_MAX_AGE", "300s"),
                entry("PGSIDECAR_PROBES_MAX_LAG", "16MB"),
                entry("PGSIDECAR_PROBES_MAX_LAG_TIME", "30s"),
                entry("PGSIDECAR_PROBES_MAX_SILENCE", "2m"),
                entry("PGSIDECAR_PATRONI_SCOPE", "orders"),
                entry("PGSIDECAR_PATRONI_NAME", "orders-0"),
                entry("PGSIDECAR_PATRONI_TAGS", "zone=a,disk=ssd"),
                entry("PGSIDECAR_METRICS_ENABLED", "false"),
                entry("PGSIDECAR_METRICS_HOST", "::1"),
                entry("PGSIDECAR_METRICS_PORT", "9188"),
                entry("PGSIDECAR_METRICS_INTERVAL", "10s"),
                entry("PGSIDECAR_METRICS_SLOW_INTERVAL", "60s"),
                entry("PGSIDECAR_METRICS_TIMEOUT", "5s"),
                entry("PGSIDECAR_METRICS_COLLECTORS", "-locks +stat_statements"),
                entry("PGSIDECAR_METRICS_DATABASES_INCLUDE", "app*"),
                entry("PGSIDECAR_METRICS_DATABASES_EXCLUDE", "app_old, app_test"),
                entry("PGSIDECAR_METRICS_TABLES_INCLUDE", "public.*"),
                entry("PGSIDECAR_METRICS_TABLES_EXCLUDE", "*.tmp_*"),
                entry("PGSIDECAR_METRICS_TABLES_LIMIT", "20"),
                entry("PGSIDECAR_METRICS_QUERIES", "/queries.yaml cnpg=/queries.d"),
                entry("PGSIDECAR_METRICS_TLS_CERTIFICATE", "/tls/tls.crt"),
                entry("PGSIDECAR_METRICS_TLS_KEY", "/tls/tls.key"),
                entry("PGSIDECAR_METRICS_BASIC_AUTH_USER", "prometheus"),
                entry("PGSIDECAR_METRICS_BASIC_AUTH_PASSWORD_FILE", "/scrape-secret"),
                entry("PGSIDECAR_KUBERNETES_ENABLED", "TRUE"),
                entry("PGSIDECAR_KUBERNETES_POD", "orders-0"),
                entry("PGSIDECAR_KUBERNETES_LABEL_KEY", "example.com/role"),
                entry("PGSIDECAR_KUBERNETES_LABEL_PRIMARY", "master"),
                entry("PGSIDECAR_KUBERNETES_LABEL_REPLICA", "slave"),
                entry("PGSIDECAR_KUBERNETES_SECOND_LABEL_KEY", "role"),
                entry("PGSIDECAR_KUBERNETES_SECOND_LABEL_PRIMARY", "first"),
                entry("PGSIDECAR_KUBERNETES_SECOND_LABEL_REPLICA", "second"),
                entry("PGSIDECAR_KUBERNETES_SELECTOR", "app=orders"),
                entry("PGSIDECAR_KUBERNETES_INTERVAL", "1s"),
                entry("PGSIDECAR_KUBERNETES_UNKNOWN_AFTER", "60s"),
                entry("PGSIDECAR_KUBERNETES_LSN_INTERVAL", "20s"),
                entry("PGSIDECAR_KUBERNETES_TIMEOUT", "2s"),
                entry("PGSIDECAR_KUBERNETES_DRAIN_TIMEOUT", "3s"),
                entry("PGSIDECAR_KUBERNETES_SERVICE_ACCOUNT", "/sa"),
                entry("PGSIDECAR_SHUTDOWN_TIMEOUT", "1500ms"),
                entry("PGSIDECAR_SHUTDOWN_SWEEP", "0s"),
                entry("PGSIDECAR_LOG_FORMAT", "json"),
                entry("PGSIDECAR_LOG_LEVEL", "trace")));
        LoadedConfig loaded = ConfigLoader.load(Optional.empty(), environment);

        // All but what excludes what is given: the password its file, the recipients theirs, the folder other stores,
        // a target of recovery the others.
        assertThat(from(loaded).entrySet())
                .filteredOn(setting -> setting.getValue().equals("default"))
                .extracting(Map.Entry::getKey)
                .filteredOn(key -> !key.matches("repositories\\.main\\.(s3|azure)\\..*"))
                .containsExactlyInAnyOrder(
                        "postgres.password",
                        "encryption.recipientsFile",
                        "bootstrap.restore.targetLsn",
                        "bootstrap.restore.targetXid",
                        "bootstrap.restore.targetName");
        assertThat(loaded.settings())
                .filteredOn(setting -> !setting.key().matches("repositories\\.main\\.(s3|azure)\\..*"))
                .extracting(setting -> setting.text().orElse("-"))
                .containsExactly(
                        "orders-1",
                        "/data",
                        "localhost",
                        "1",
                        "app",
                        "me",
                        "-",
                        "/secret",
                        "250ms",
                        "1m",
                        "::1",
                        "0",
                        "/tmp/s",
                        "filesystem",
                        "false",
                        "/repository",
                        TestConfig.RECIPIENT + "," + TestConfig.RECIPIENT,
                        "-",
                        "/identity",
                        "lz4",
                        "12",
                        "0",
                        "gzip",
                        "9",
                        "3",
                        "16MB",
                        "1GB",
                        "spread",
                        "1m",
                        "0 2 * * *",
                        "Europe/Vienna",
                        "true",
                        "5m",
                        "7",
                        "3m",
                        "2",
                        "0s",
                        "32",
                        "/spool",
                        "1MB",
                        "one,two",
                        "5433",
                        "streamer",
                        "/stream-secret",
                        "sslmode=require",
                        "never",
                        "orders-0",
                        "main",
                        "20260101T000000",
                        "2026-11-25T09:15:00Z",
                        "-",
                        "-",
                        "-",
                        "true",
                        "current",
                        "refuse",
                        "start",
                        "start",
                        "true",
                        "false",
                        "false",
                        "2h",
                        "1s",
                        "100ms",
                        "5m",
                        "16MB",
                        "30s",
                        "2m",
                        "orders",
                        "orders-0",
                        "zone=a,disk=ssd",
                        "false",
                        "::1",
                        "9188",
                        "10s",
                        "1m",
                        "5s",
                        "-locks,+stat_statements",
                        "app*",
                        "app_old,app_test",
                        "public.*",
                        "*.tmp_*",
                        "20",
                        "/queries.yaml,cnpg=/queries.d",
                        "/tls/tls.crt",
                        "/tls/tls.key",
                        "prometheus",
                        "/scrape-secret",
                        "true",
                        "orders-0",
                        "example.com/role",
                        "master",
                        "slave",
                        "role",
                        "first",
                        "second",
                        "app=orders",
                        "1s",
                        "1m",
                        "20s",
                        "2s",
                        "3s",
                        "/sa",
                        "1500ms",
                        "0s",
                        "json",
                        "trace");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "# nothing but a comment\n",
                "---\n",
                "~",
                "postgres:\nhttp: ~\nrepositories:\n",
                "{}",
                "\uFEFFhttp:\n"
            })
    void aFileThatSaysNothingIsFine(String yaml) throws Exception {
        assertThat(files.load(yaml, TestConfig.REQUIRED).config())
                .isEqualTo(
                        ConfigLoader.load(Optional.empty(), TestConfig.REQUIRED).config());
    }

    @Test
    void theFileIsTheOneOfTheOptionElseOfTheVariable() throws Exception {
        Map<String, String> environment = new HashMap<>(TestConfig.REQUIRED);
        environment.put("PGSIDECAR_CONFIG", files.file("server: of-variable").toString());
        assertThat(ConfigLoader.load(Optional.empty(), environment).config().server())
                .hasToString("of-variable");

        Path other = Files.writeString(folder.resolve("other.yaml"), "server: of-option");
        assertThat(ConfigLoader.load(Optional.of(other), environment).config().server())
                .hasToString("of-option");
    }

    @Test
    void anEmptyVariableCountsAsUnset() throws Exception {
        Map<String, String> environment = new HashMap<>(TestConfig.REQUIRED);
        environment.putAll(Map.of("PGSIDECAR_CONFIG", "", "PGSIDECAR_HTTP_PORT", "", "PGSIDECAR_NO_SUCH_KEY", ""));
        assertThat(ConfigLoader.load(Optional.empty(), environment)
                        .config()
                        .http()
                        .port())
                .isEqualTo(8008);
    }

    @Test
    void aBadValueOfTheFileDoesNotMatterWhereTheEnvironmentGivesAnother() throws Exception {
        Map<String, String> environment = new HashMap<>(TestConfig.REQUIRED);
        environment.put("PGSIDECAR_HTTP_PORT", "9008");
        assertThat(files.load("http:\n  port: nonsense\n", environment)
                        .config()
                        .http()
                        .port())
                .isEqualTo(9008);
    }

    @Test
    void anEntryCanBeMadeByTheFileAndTheEnvironmentTogether() throws Exception {
        assertThat(files.load("repositories:\n  main:\n", TestConfig.REQUIRED)
                        .config()
                        .repositories())
                .containsOnlyKeys("main");
    }

    @ParameterizedTest
    @CsvSource({"250ms,250", "1000ms,1000", "5s,5000", "2m,120000"})
    void durationsAreWrittenWithTheirUnit(String text, long millis) {
        assertThat(ValueType.of(Duration.class).read().apply(text)).isEqualTo(Duration.ofMillis(millis));
    }

    @ParameterizedTest
    @CsvSource({"0,0s", "250,250ms", "1500,1500ms", "90000,90s", "120000,2m", "3600000,1h", "5400000,90m"})
    void durationsAreShownInTheLargestUnitThatIsExact(long millis, String shown) {
        assertThat(ValueType.show(Duration.ofMillis(millis))).isEqualTo(shown);
    }

    @ParameterizedTest
    @ValueSource(strings = {"5433", "'5433'", "\"5433\"", "5433 # not the usual one"})
    void aNumberMayBeGivenAsAString(String yaml) throws Exception {
        assertThat(files.load("postgres:\n  port: " + yaml, TestConfig.REQUIRED)
                        .config()
                        .postgres()
                        .port())
                .isEqualTo(5433);
    }

    @ParameterizedTest
    @ValueSource(strings = {"no", "123", "1e3", "0x1F", "2026-01-01"})
    void aTextIsWhatIsWritten(String text) throws Exception {
        assertThat(files.load("postgres:\n  user: " + text, TestConfig.REQUIRED)
                        .config()
                        .postgres()
                        .user())
                .isEqualTo(text);
    }
}
