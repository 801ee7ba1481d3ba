package io.pgsidecar.agent.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgsidecar.agent.config.AgentConfig.Archive;
import io.pgsidecar.agent.config.AgentConfig.Backup;
import io.pgsidecar.agent.config.AgentConfig.Control;
import io.pgsidecar.agent.config.AgentConfig.Postgres;
import io.pgsidecar.agent.config.AgentConfig.Probes;
import io.pgsidecar.archive.codec.Compression;
import io.pgsidecar.archive.repository.s3.S3Settings;
import io.pgsidecar.probes.LagLimit;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AgentConfigTest {

    /** Whoever changes a line here changes what a running installation does after an upgrade. */
    private static final String KEYS_AND_DEFAULTS = """
            server                                         | main                      | a name of letters, digits, dots, underscores and hyphens
            postgres.data                                  | required                  | an absolute path
            postgres.host                                  | 127.0.0.1                 | a line of text
            postgres.port                                  | 5432                      | a whole number from 1 to 65535
            postgres.database                              | postgres                  | a line of text
            postgres.user                                  | pgsidecar                 | a line of text
            postgres.password                              | optional                  | text
            postgres.passwordFile                          | optional                  | an absolute path
            postgres.connectTimeout                        | 3s                        | a duration from 100ms to 1m
            postgres.queryTimeout                          | 5s                        | a duration from 100ms to 1m
            http.host                                      | 0.0.0.0                   | a line of text
            http.port                                      | 8008                      | a whole number from 0 to 65535
            control.socket                                 | /run/pgsidecar/agent.sock | an absolute path
            repositories.<name>.type                       | filesystem                | filesystem, s3 or azure
            repositories.<name>.optional                   | false                     | true or false
            repositories.<name>.path                       | optional                  | an absolute path
            repositories.<name>.s3.bucket                  | optional                  | a line of text
            repositories.<name>.s3.prefix                  | optional                  | a line of text
            repositories.<name>.s3.region                  | optional                  | a line of text
            repositories.<name>.s3.endpoint                | optional                  | a line of text
            repositories.<name>.s3.pathStyle               | optional                  | true or false
            repositories.<name>.s3.profile                 | optional                  | a line of text
            repositories.<name>.s3.accessKeyIdFile         | optional                  | an absolute path
            repositories.<name>.s3.secretAccessKeyFile     | optional                  | an absolute path
            repositories.<name>.s3.sessionTokenFile        | optional                  | an absolute path
            repositories.<name>.s3.caFile                  | optional                  | an absolute path
            repositories.<name>.s3.proxy                   | optional                  | a line of text
            repositories.<name>.s3.encryption              | none                      | none, aes256, kms or customer
            repositories.<name>.s3.kmsKeyId                | optional                  | a line of text
            repositories.<name>.s3.customerKeyFile         | optional                  | an absolute path
            repositories.<name>.s3.storageClass            | optional                  | a line of text
            repositories.<name>.s3.tags                    | optional                  | a line of text
            repositories.<name>.s3.checksums               | when_required             | when_required or when_supported
            repositories.<name>.s3.conditionalCreate       | auto                      | auto, native or emulated
            repositories.<name>.s3.connectTimeout          | 5s                        | a duration from 100ms to 1m
            repositories.<name>.s3.requestTimeout          | 30s                       | a duration from 100ms to 10m
            repositories.<name>.s3.timeout                 | 100s                      | a duration from 100ms to 30m
            repositories.<name>.s3.attempts                | 5                         | a whole number from 1 to 20
            repositories.<name>.azure.account              | optional                  | a line of text
            repositories.<name>.azure.endpoint             | optional                  | a line of text
            repositories.<name>.azure.container            | optional                  | a line of text
            repositories.<name>.azure.prefix               | optional                  | a line of text
            repositories.<name>.azure.accountKeyFile       | optional                  | an absolute path
            repositories.<name>.azure.sasTokenFile         | optional                  | an absolute path
            repositories.<name>.azure.connectionStringFile | optional                  | an absolute path
            repositories.<name>.azure.identity             | optional                  | managed, workload or default
            repositories.<name>.azure.clientId             | optional                  | a line of text
            repositories.<name>.azure.accessTier           | optional                  | hot, cool or cold
            repositories.<name>.azure.caFile               | optional                  | an absolute path
            repositories.<name>.azure.proxy                | optional                  | a line of text
            repositories.<name>.azure.connectTimeout       | 5s                        | a duration from 100ms to 1m
            repositories.<name>.azure.requestTimeout       | 20s                       | a duration from 100ms to 10m
            repositories.<name>.azure.timeout              | 1m                        | a duration from 100ms to 30m
            repositories.<name>.azure.attempts             | 4                         | a whole number from 1 to 20
            encryption.recipients                          | optional                  | a list of words
            encryption.recipientsFile                      | optional                  | an absolute path
            encryption.identityFile                        | optional                  | an absolute path
            archive.compression                            | zstd                      | none, gzip, lz4 or zstd
            archive.compressionLevel                       | optional                  | a whole number
            archive.lookAhead                              | 4                         | a whole number from 0 to 32
            backup.compression                             | zstd                      | none, gzip, lz4 or zstd
            backup.compressionLevel                        | optional                  | a whole number
            backup.parallel                                | 2                         | a whole number from 1 to 32
            backup.tarSize                                 | 1GB                       | a size (kB, MB or GB) from 16MB to 64GB
            backup.rateLimit                               | optional                  | a size (kB, MB or GB) from 1MB to 64GB
            backup.checkpoint                              | fast                      | fast or spread
            backup.walTimeout                              | 10m                       | a duration from 1s to 24h
            backup.schedule                                | optional                  | five fields as in crontab: minute, hour, day of month, month and day of week
            backup.timeZone                                | UTC                       | a time zone such as UTC or Europe/Vienna
            backup.immediate                               | false                     | true or false
            backup.jitter                                  | 0s                        | a duration from 0s to 1h
            retention.redundancy                           | optional                  | a whole number from 1 to 10000
            retention.window                               | optional                  | a number of days, weeks or months (7d, 4w, 3m)
            retention.minimum                              | 1                         | a whole number from 1 to 10000
            restore.retryFor                               | 30s                       | a duration from 0s to 10m
            restore.prefetch                               | 4                         | a whole number from 0 to 32
            restore.spool                                  | optional                  | an absolute path
            restore.spoolSize                              | 256MB                     | a size (kB, MB or GB) from 0kB to 64GB
            bootstrap.primaryHost                          | optional                  | a list of words
            bootstrap.primaryPort                          | 5432                      | a whole number from 1 to 65535
            bootstrap.replicationUser                      | optional                  | a line of text
            bootstrap.passwordFile                         | optional                  | an absolute path
            bootstrap.primaryConninfo                      | optional                  | a line of text
            bootstrap.newCluster                           | auto                      | auto, always or never
            bootstrap.restore.server                       | optional                  | a name of letters, digits, dots, underscores and hyphens
            bootstrap.restore.repository                   | optional                  | a line of text
            bootstrap.restore.backup                       | optional                  | a line of text
            bootstrap.restore.targetTime                   | optional                  | a time with its zone, as in 2026-11-25 10:15:00+01
            bootstrap.restore.targetLsn                    | optional                  | a line of text
            bootstrap.restore.targetXid                    | optional                  | a whole number from 1 to 4294967295
            bootstrap.restore.targetName                   | optional                  | a line of text
            bootstrap.restore.exclusive                    | false                     | true or false
            bootstrap.restore.timeline                     | latest                    | a line of text
            bootstrap.lostCluster                          | standby                   | standby, promote or refuse
            bootstrap.oldPrimary                           | follow                    | follow, refuse or start
            bootstrap.unproven                             | refuse                    | refuse or start
            bootstrap.rebuildDiverged                      | false                     | true or false
            bootstrap.keepDiverged                         | true                      | true or false
            bootstrap.raiseSettings                        | true                      | true or false
            bootstrap.timeout                              | 10m                       | a duration from 0s to 24h
            bootstrap.interval                             | 5s                        | a duration from 100ms to 5m
            probes.interval                                | 1s                        | a duration from 100ms to 10s
            probes.maxAge                                  | 10s                       | a duration from 1s to 5m
            probes.maxLag                                  | optional                  | a size (kB, MB or GB) from 0kB to 1024GB
            probes.maxLagTime                              | optional                  | a duration from 1s to 24h
            probes.maxSilence                              | optional                  | a duration from 10s to 24h
            patroni.scope                                  | optional                  | a line of text
            patroni.name                                   | optional                  | a line of text
            patroni.tags                                   | optional                  | a line of text
            metrics.enabled                                | true                      | true or false
            metrics.host                                   | 0.0.0.0                   | a line of text
            metrics.port                                   | 9187                      | a whole number from 0 to 65535
            metrics.interval                               | 15s                       | a duration from 1s to 10m
            metrics.slowInterval                           | 5m                        | a duration from 1s to 24h
            metrics.timeout                                | 10s                       | a duration from 100ms to 5m
            metrics.collectors                             | optional                  | a list of words
            metrics.databases.include                      | optional                  | a list of words
            metrics.databases.exclude                      | optional                  | a list of words
            metrics.tables.include                         | optional                  | a list of words
            metrics.tables.exclude                         | optional                  | a list of words
            metrics.tables.limit                           | 500                       | a whole number from 0 to 5000
            metrics.queries                                | optional                  | a list of words
            metrics.tls.certificate                        | optional                  | an absolute path
            metrics.tls.key                                | optional                  | an absolute path
            metrics.basicAuth.user                         | optional                  | a line of text
            metrics.basicAuth.passwordFile                 | optional                  | an absolute path
            kubernetes.enabled                             | auto                      | auto, true or false
            kubernetes.pod                                 | optional                  | a line of text
            kubernetes.label.key                           | role                      | a line of text
            kubernetes.label.primary                       | primary                   | a line of text
            kubernetes.label.replica                       | replica                   | a line of text
            kubernetes.secondLabel.key                     | optional                  | a line of text
            kubernetes.secondLabel.primary                 | master                    | a line of text
            kubernetes.secondLabel.replica                 | replica                   | a line of text
            kubernetes.selector                            | optional                  | a line of text
            kubernetes.interval                            | 5s                        | a duration from 500ms to 5m
            kubernetes.unknownAfter                        | 30s                       | a duration from 1s to 10m
            kubernetes.lsnInterval                         | 10s                       | a duration from 1s to 24h
            kubernetes.timeout                             | 5s                        | a duration from 500ms to 1m
            kubernetes.drainTimeout                        | 5s                        | a duration from 0s to 1m
            kubernetes.serviceAccount                      | /var/run/secrets/kubernetes.io/serviceaccount | an absolute path
            shutdown.timeout                               | 20s                       | a duration from 0s to 10m
            shutdown.sweep                                 | 20s                       | a duration from 0s to 10m
            log.format                                     | text                      | text or json
            log.level                                      | info                      | error, warn, info, debug or trace
            """.replaceAll(" +\\| ", " | ");

    private static final RepositoryConfig.S3 NO_S3 = new RepositoryConfig.S3(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            S3Settings.Encryption.Kind.NONE,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            S3Settings.Checksums.WHEN_REQUIRED,
            S3Settings.ConditionalCreate.AUTO,
            Duration.ofSeconds(5),
            Duration.ofSeconds(30),
            Duration.ofSeconds(100),
            5);

    private static final RepositoryConfig.Azure NO_AZURE = new RepositoryConfig.Azure(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Duration.ofSeconds(5),
            Duration.ofSeconds(20),
            Duration.ofMinutes(1),
            4);

    @Test
    void everyKeyAndDefaultIsPinned() {
        assertThat(Key.allOf(AgentConfig.class).stream()
                        .map(key -> "%s | %s | %s%n".formatted(key.path(), defaultOf(key), key.expected()))
                        .collect(Collectors.joining()))
                .isEqualTo(KEYS_AND_DEFAULTS);
    }

    private static String defaultOf(Key key) {
        if (!key.setting().byDefault().isEmpty()) {
            return key.setting().byDefault();
        }
        return key.optional() ? "optional" : "required";
    }

    @Test
    void whatIsRequiredIsEnough() throws ConfigException {
        AgentConfig config = ConfigLoader.load(
                        Optional.empty(),
                        Map.of("PGSIDECAR_POSTGRES_DATA", "/pgdata", "PGSIDECAR_REPOSITORIES_MAIN_PATH", "/repository"))
                .config();
        assertThat(config)
                .isEqualTo(new AgentConfig(
                        new ServerName("main"),
                        new Postgres(
                                Path.of("/pgdata"),
                                "127.0.0.1",
                                5432,
                                "postgres",
                                "pgsidecar",
                                Optional.empty(),
                                Optional.empty(),
                                Duration.ofSeconds(3),
                                Duration.ofSeconds(5)),
                        new AgentConfig.Http("0.0.0.0", 8008),
                        new Control(Path.of("/run/pgsidecar/agent.sock")),
                        Map.of(
                                "main",
                                new RepositoryConfig(
                                        RepositoryConfig.Type.FILESYSTEM,
                                        false,
                                        Optional.of(Path.of("/repository")),
                                        NO_S3,
                                        NO_AZURE)),
                        new AgentConfig.Encryption(Optional.empty(), Optional.empty(), Optional.empty()),
                        new Archive(Compression.ZSTD, Optional.empty(), 4),
                        new Backup(
                                Compression.ZSTD,
                                Optional.empty(),
                                2,
                                new ByteSize(1L << 30),
                                Optional.empty(),
                                Backup.Checkpoint.FAST,
                                Duration.ofMinutes(10),
                                Optional.empty(),
                                ZoneId.of("UTC"),
                                false,
                                Duration.ZERO),
                        new AgentConfig.Retention(Optional.empty(), Optional.empty(), 1),
                        new AgentConfig.Restore(Duration.ofSeconds(30), 4, Optional.empty(), new ByteSize(256 << 20)),
                        new BootstrapConfig(
                                Optional.empty(),
                                5432,
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                BootstrapConfig.NewCluster.AUTO,
                                new BootstrapRestoreConfig(
                                        Optional.empty(),
                                        Optional.empty(),
                                        Optional.empty(),
                                        Optional.empty(),
                                        Optional.empty(),
                                        Optional.empty(),
                                        Optional.empty(),
                                        false,
                                        "latest"),
                                BootstrapConfig.LostCluster.STANDBY,
                                BootstrapConfig.OldPrimary.FOLLOW,
                                BootstrapConfig.Unproven.REFUSE,
                                false,
                                true,
                                true,
                                Duration.ofMinutes(10),
                                Duration.ofSeconds(5)),
                        probes(Duration.ofSeconds(1), Duration.ofSeconds(10)),
                        new AgentConfig.Patroni(Optional.empty(), Optional.empty(), Optional.empty()),
                        new MetricsConfig(
                                true,
                                "0.0.0.0",
                                9187,
                                Duration.ofSeconds(15),
                                Duration.ofMinutes(5),
                                Duration.ofSeconds(10),
                                Optional.empty(),
                                new MetricsConfig.Databases(Optional.empty(), Optional.empty()),
                                new MetricsConfig.Tables(Optional.empty(), Optional.empty(), 500),
                                Optional.empty(),
                                new MetricsConfig.Tls(Optional.empty(), Optional.empty()),
                                new MetricsConfig.BasicAuth(Optional.empty(), Optional.empty())),
                        new KubernetesConfig(
                                KubernetesConfig.Enabled.AUTO,
                                Optional.empty(),
                                new KubernetesConfig.Label("role", "primary", "replica"),
                                new KubernetesConfig.SecondLabel(Optional.empty(), "master", "replica"),
                                Optional.empty(),
                                Duration.ofSeconds(5),
                                Duration.ofSeconds(30),
                                Duration.ofSeconds(10),
                                Duration.ofSeconds(5),
                                Duration.ofSeconds(5),
                                Path.of("/var/run/secrets/kubernetes.io/serviceaccount")),
                        new AgentConfig.Shutdown(Duration.ofSeconds(20), Duration.ofSeconds(20)),
                        new AgentConfig.Log(AgentConfig.Log.Format.TEXT, org.slf4j.event.Level.INFO)));
    }

    @Test
    void aConfigurationThatIsPrintedShowsNoPassword() throws ConfigException {
        LoadedConfig loaded = ConfigLoader.load(
                Optional.empty(),
                Map.of(
                        "PGSIDECAR_POSTGRES_DATA", "/pgdata",
                        "PGSIDECAR_POSTGRES_PASSWORD", "hunter2",
                        "PGSIDECAR_REPOSITORIES_MAIN_PATH", "/repository"));
        assertThat(loaded.config().postgres().password()).map(Secret::reveal).hasValue("hunter2");
        assertThat(loaded.toString()).contains("password=Optional[********]").doesNotContain("hunter2");
    }

    @Test
    void theSocketPathEndsWhereTheKernelEnds() {
        String longest = "/" + "s".repeat(99);
        assertThat(new Control(Path.of(longest)).socket()).hasToString(longest);
        assertThatThrownBy(() -> new Control(Path.of(longest + "s")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("socket: must have at most 100 bytes, not 101");
        assertThatThrownBy(() -> new Control(Path.of("/" + "ä".repeat(50))))
                .hasMessage("socket: must have at most 100 bytes, not 101");
    }

    @ParameterizedTest
    @EnumSource(
            value = Compression.class,
            names = {"ZSTD", "LZ4", "GZIP"})
    void theLevelIsThatOfTheAlgorithm(Compression compression) {
        assertThat(new Archive(compression, Optional.empty(), 4).level()).isEqualTo(compression.defaultLevel());
        int max = compression.maxLevel();
        assertThat(new Archive(compression, Optional.of(max), 4).level()).isEqualTo(max);
        assertThatThrownBy(() -> new Archive(compression, Optional.of(max + 1), 4))
                .hasMessage("compressionLevel: must be from 1 to %d for %s", max, ValueType.show(compression));
        assertThatThrownBy(() -> new Archive(compression, Optional.of(0), 4)).hasMessageContaining("must be from 1");
    }

    @Test
    void theDocSaysTheLevelsThatTheAlgorithmsHave() {
        assertThat(Key.allOf(AgentConfig.class))
                .filteredOn(key -> key.path().equals("archive.compressionLevel"))
                .singleElement()
                .satisfies(key -> assertThat(key.setting().doc())
                        .contains(levels(Compression.ZSTD), levels(Compression.LZ4), levels(Compression.GZIP)));
    }

    private static String levels(Compression compression) {
        return "%s %d to %d".formatted(ValueType.show(compression), compression.minLevel(), compression.maxLevel());
    }

    @Test
    void aLabelIsOneThatKubernetesTakes() {
        assertThat(new KubernetesConfig.Label("example.com/role", "master", "standby_leader").key())
                .isEqualTo("example.com/role");
        assertThatThrownBy(() -> new KubernetesConfig.Label("a/b/c", "primary", "replica"))
                .hasMessage("key: must be a label's key, such as role or example.com/role");
        assertThatThrownBy(() -> new KubernetesConfig.Label("role", "the primary", "replica"))
                .hasMessageStartingWith("primary: must have 1 to 63 letters");
        assertThatThrownBy(() -> new KubernetesConfig.Label("role", "primary", "-"))
                .hasMessageStartingWith("replica: must have 1 to 63 letters");
        assertThatThrownBy(() -> new KubernetesConfig.Label("role", "same", "same"))
                .hasMessage("replica: must be another value than that of the primary");
    }

    @Test
    void anObservationLivesLongerThanTheTimeToTheNext() {
        Duration second = Duration.ofSeconds(1);
        assertThat(probes(second, second.plusMillis(1)).maxAge()).isGreaterThan(second);
        assertThatThrownBy(() -> probes(second, second))
                .hasMessage("maxAge: must be longer than interval, which is 1s");
    }

    @Test
    void tagsArePairs() {
        assertThat(patroniTags("zone=a, disk=ssd,empty=").tagsByName())
                .containsExactly(Map.entry("zone", "a"), Map.entry("disk", "ssd"), Map.entry("empty", ""));
        for (String wrong : new String[] {"zone", "=a", "zone=a,", "zone=a,zone=b"}) {
            assertThatThrownBy(() -> patroniTags(wrong))
                    .hasMessage("tags: must be like zone=a,disk=ssd, each tag once");
        }
    }

    private static AgentConfig.Patroni patroniTags(String tags) {
        return new AgentConfig.Patroni(Optional.empty(), Optional.empty(), Optional.of(tags));
    }

    @Test
    void aReplicaMayBeHeldToBytesAndToTime() {
        Duration second = Duration.ofSeconds(1);
        assertThat(probes(second, second.plusMillis(1)).lagLimits()).isEmpty();
        Probes limited = new Probes(
                second,
                second.plusMillis(1),
                Optional.of(ByteSize.of("16MB")),
                Optional.of(Duration.ofSeconds(30)),
                Optional.empty());
        assertThat(limited.lagLimits())
                .containsExactly(new LagLimit.Bytes(16 << 20), new LagLimit.Age(Duration.ofSeconds(30)));
    }

    private static Probes probes(Duration interval, Duration maxAge) {
        return new Probes(interval, maxAge, Optional.empty(), Optional.empty(), Optional.empty());
    }
}
