package io.pgsidecar.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MainTest {

    private static final Map<String, String> ENVIRONMENT = Map.of(
            "PGSIDECAR_POSTGRES_PASSWORD", "hunter2",
            "PGSIDECAR_REPOSITORIES_OFF_SITE_PATH", "/repository",
            "PGSIDECAR_POSTGRES_QUERY_TIMEOUT", "60s");

    @TempDir
    Path folder;

    private record Run(int exit, String out, String err) {}

    private static Run run(Map<String, String> environment, String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int exit = Main.commandLine(environment)
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(arguments);
        return new Run(exit, out.toString(), err.toString());
    }

    private String file(String yaml) throws Exception {
        return Files.writeString(folder.resolve("agent.yaml"), yaml).toString();
    }

    @Test
    void configPrintsATableWithWhereEachValueIsGiven() throws Exception {
        String file = file("postgres:\n  data: /pgdata\n  port: '5433'\n");
        Run run = run(ENVIRONMENT, "config", "--config", file);
        assertThat(run.err()).isEmpty();
        assertThat(run.exit()).isZero();
        assertThat(run.out().replace(file, "agent.yaml")).isEqualTo("""
                KEY                             VALUE                                          FROM
                server                          main                                           default
                postgres.data                   /pgdata                                        agent.yaml:2
                postgres.host                   127.0.0.1                                      default
                postgres.port                   5433                                           agent.yaml:3
                postgres.database               postgres                                       default
                postgres.user                   pgsidecar                                      default
                postgres.password               ********                                       PGSIDECAR_POSTGRES_PASSWORD
                postgres.passwordFile           -                                              default
                postgres.connectTimeout         3s                                             default
                postgres.queryTimeout           1m                                             PGSIDECAR_POSTGRES_QUERY_TIMEOUT
                http.host                       0.0.0.0                                        default
                http.port                       8008                                           default
                control.socket                  /run/pgsidecar/agent.sock                      default
                repositories.off-site.type      filesystem                                     default
                repositories.off-site.optional  false                                          default
                repositories.off-site.path      /repository                                    PGSIDECAR_REPOSITORIES_OFF_SITE_PATH
                encryption.recipients           -                                              default
                encryption.recipientsFile       -                                              default
                encryption.identityFile         -                                              default
                archive.compression             zstd                                           default
                archive.compressionLevel        -                                              default
                archive.lookAhead               4                                              default
                backup.compression              zstd                                           default
                backup.compressionLevel         -                                              default
                backup.parallel                 2                                              default
                backup.tarSize                  1GB                                            default
                backup.rateLimit                -                                              default
                backup.checkpoint               fast                                           default
                backup.walTimeout               10m                                            default
                backup.schedule                 -                                              default
                backup.timeZone                 UTC                                            default
                backup.immediate                false                                          default
                backup.jitter                   0s                                             default
                retention.redundancy            -                                              default
                retention.window                -                                              default
                retention.minimum               1                                              default
                restore.retryFor                30s                                            default
                restore.prefetch                4                                              default
                restore.spool                   -                                              default
                restore.spoolSize               256MB                                          default
                bootstrap.primaryHost           -                                              default
                bootstrap.primaryPort           5432                                           default
                bootstrap.replicationUser       -                                              default
                bootstrap.passwordFile          -                                              default
                bootstrap.primaryConninfo       -                                              default
                bootstrap.newCluster            auto                                           default
                bootstrap.restore.server        -                                              default
                bootstrap.restore.repository    -                                              default
                bootstrap.restore.backup        -                                              default
                bootstrap.restore.targetTime    -                                              default
                bootstrap.restore.targetLsn     -                                              default
                bootstrap.restore.targetXid     -                                              default
                bootstrap.restore.targetName    -                                              default
                bootstrap.restore.exclusive     false                                          default
                bootstrap.restore.timeline      latest                                         default
                bootstrap.lostCluster           standby                                        default
                bootstrap.oldPrimary            follow                                         default
                bootstrap.unproven              refuse                                         default
                bootstrap.rebuildDiverged       false                                          default
                bootstrap.keepDiverged          true                                           default
                bootstrap.raiseSettings         true                                           default
                bootstrap.timeout               10m                                            default
                bootstrap.interval              5s                                             default
                probes.interval                 1s                                             default
                probes.maxAge                   10s                                            default
                probes.maxLag                   -                                              default
                probes.maxLagTime               -                                              default
                probes.maxSilence               -                                              default
                patroni.scope                   -                                              default
                patroni.name                    -                                              default
                patroni.tags                    -                                              default
                metrics.enabled                 true                                           default
                metrics.host                    0.0.0.0                                        default
                metrics.port                    9187                                           default
                metrics.interval                15s                                            default
                metrics.slowInterval            5m                                             default
                metrics.timeout                 10s                                            default
                metrics.collectors              -                                              default
                metrics.databases.include       -                                              default
                metrics.databases.exclude       -                                              default
                metrics.tables.include          -                                              default
                metrics.tables.exclude          -                                              default
                metrics.tables.limit            500                                            default
                metrics.queries                 -                                              default
                metrics.tls.certificate         -                                              default
                metrics.tls.key                 -                                              default
                metrics.basicAuth.user          -                                              default
                metrics.basicAuth.passwordFile  -                                              default
                kubernetes.enabled              auto                                           default
                kubernetes.pod                  -                                              default
                kubernetes.label.key            role                                           default
                kubernetes.label.primary        primary                                        default
                kubernetes.label.replica        replica                                        default
                kubernetes.secondLabel.key      -                                              default
                kubernetes.secondLabel.primary  master                                         default
                kubernetes.secondLabel.replica  replica                                        default
                kubernetes.selector             -                                              default
                kubernetes.interval             5s                                             default
                kubernetes.unknownAfter         30s                                            default
                kubernetes.lsnInterval          10s                                            default
                kubernetes.timeout              5s                                             default
                kubernetes.drainTimeout         5s                                             default
                kubernetes.serviceAccount       /var/run/secrets/kubernetes.io/serviceaccount  default
                shutdown.timeout                20s                                            default
                shutdown.sweep                  20s                                            default
                log.format                      text                                           default
                log.level                       info                                           default
                """);
    }

    @Test
    void configPrintsJsonForPrograms() throws Exception {
        String file = file("postgres:\n  data: /pgdata\n  port: '5433'\n");
        Run run = run(ENVIRONMENT, "config", "--config=" + file, "--output", "json");
        assertThat(run.exit()).isZero();
        assertThat(new ObjectMapper().readTree(run.out().replace(file, "agent.yaml")))
                .isEqualTo(new ObjectMapper().readTree("""
                        {
                          "server": {"value": "main", "from": "default"},
                          "postgres.data": {"value": "/pgdata", "from": "agent.yaml:2"},
                          "postgres.host": {"value": "127.0.0.1", "from": "default"},
                          "postgres.port": {"value": 5433, "from": "agent.yaml:3"},
                          "postgres.database": {"value": "postgres", "from": "default"},
                          "postgres.user": {"value": "pgsidecar", "from": "default"},
                          "postgres.password": {"value": "********", "from": "PGSIDECAR_POSTGRES_PASSWORD"},
                          "postgres.passwordFile": {"value": null, "from": "default"},
                          "postgres.connectTimeout": {"value": "3s", "from": "default"},
                          "postgres.queryTimeout": {"value": "1m", "from": "PGSIDECAR_POSTGRES_QUERY_TIMEOUT"},
                          "http.host": {"value": "0.0.0.0", "from": "default"},
                          "http.port": {"value": 8008, "from": "default"},
                          "control.socket": {"value": "/run/pgsidecar/agent.sock", "from": "default"},
                          "repositories.off-site.type": {"value": "filesystem", "from": "default"},
                          "repositories.off-site.optional": {"value": false, "from": "default"},
                          "repositories.off-site.path":
                              {"value": "/repository", "from": "PGSIDECAR_REPOSITORIES_OFF_SITE_PATH"},
                          "encryption.recipients": {"value": null, "from": "default"},
                          "encryption.recipientsFile": {"value": null, "from": "default"},
                          "encryption.identityFile": {"value": null, "from": "default"},
                          "archive.compression": {"value": "zstd", "from": "default"},
                          "archive.compressionLevel": {"value": null, "from": "default"},
                          "archive.lookAhead": {"value": 4, "from": "default"},
                          "backup.compression": {"value": "zstd", "from": "default"},
                          "backup.compressionLevel": {"value": null, "from": "default"},
                          "backup.parallel": {"value": 2, "from": "default"},
                          "backup.tarSize": {"value": "1GB", "from": "default"},
                          "backup.rateLimit": {"value": null, "from": "default"},
                          "backup.checkpoint": {"value": "fast", "from": "default"},
                          "backup.walTimeout": {"value": "10m", "from": "default"},
                          "backup.schedule": {"value": null, "from": "default"},
                          "backup.timeZone": {"value": "UTC", "from": "default"},
                          "backup.immediate": {"value": false, "from": "default"},
                          "backup.jitter": {"value": "0s", "from": "default"},
                          "retention.redundancy": {"value": null, "from": "default"},
                          "retention.window": {"value": null, "from": "default"},
                          "retention.minimum": {"value": 1, "from": "default"},
                          "restore.retryFor": {"value": "30s", "from": "default"},
                          "restore.prefetch": {"value": 4, "from": "default"},
                          "restore.spool": {"value": null, "from": "default"},
                          "restore.spoolSize": {"value": "256MB", "from": "default"},
                          "bootstrap.primaryHost": {"value": null, "from": "default"},
                          "bootstrap.primaryPort": {"value": 5432, "from": "default"},
                          "bootstrap.replicationUser": {"value": null, "from": "default"},
                          "bootstrap.passwordFile": {"value": null, "from": "default"},
                          "bootstrap.primaryConninfo": {"value": null, "from": "default"},
                          "bootstrap.newCluster": {"value": "auto", "from": "default"},
                          "bootstrap.restore.server": {"value": null, "from": "default"},
                          "bootstrap.restore.repository": {"value": null, "from": "default"},
                          "bootstrap.restore.backup": {"value": null, "from": "default"},
                          "bootstrap.restore.targetTime": {"value": null, "from": "default"},
                          "bootstrap.restore.targetLsn": {"value": null, "from": "default"},
                          "bootstrap.restore.targetXid": {"value": null, "from": "default"},
                          "bootstrap.restore.targetName": {"value": null, "from": "default"},
                          "bootstrap.restore.exclusive": {"value": false, "from": "default"},
                          "bootstrap.restore.timeline": {"value": "latest", "from": "default"},
                          "bootstrap.lostCluster": {"value": "standby", "from": "default"},
                          "bootstrap.oldPrimary": {"value": "follow", "from": "default"},
                          "bootstrap.unproven": {"value": "refuse", "from": "default"},
                          "bootstrap.rebuildDiverged": {"value": false, "from": "default"},
                          "bootstrap.keepDiverged": {"value": true, "from": "default"},
                          "bootstrap.raiseSettings": {"value": true, "from": "default"},
                          "bootstrap.timeout": {"value": "10m", "from": "default"},
                          "bootstrap.interval": {"value": "5s", "from": "default"},
                          "probes.interval": {"value": "1s", "from": "default"},
                          "probes.maxAge": {"value": "10s", "from": "default"},
                          "probes.maxLag": {"value": null, "from": "default"},
                          "probes.maxLagTime": {"value": null, "from": "default"},
                          "probes.maxSilence": {"value": null, "from": "default"},
                          "patroni.scope": {"value": null, "from": "default"},
                          "patroni.name": {"value": null, "from": "default"},
                          "patroni.tags": {"value": null, "from": "default"},
                          "metrics.enabled": {"value": true, "from": "default"},
                          "metrics.host": {"value": "0.0.0.0", "from": "default"},
                          "metrics.port": {"value": 9187, "from": "default"},
                          "metrics.interval": {"value": "15s", "from": "default"},
                          "metrics.slowInterval": {"value": "5m", "from": "default"},
                          "metrics.timeout": {"value": "10s", "from": "default"},
                          "metrics.collectors": {"value": null, "from": "default"},
                          "metrics.databases.include": {"value": null, "from": "default"},
                          "metrics.databases.exclude": {"value": null, "from": "default"},
                          "metrics.tables.include": {"value": null, "from": "default"},
                          "metrics.tables.exclude": {"value": null, "from": "default"},
                          "metrics.tables.limit": {"value": 500, "from": "default"},
                          "metrics.queries": {"value": null, "from": "default"},
                          "metrics.tls.certificate": {"value": null, "from": "default"},
                          "metrics.tls.key": {"value": null, "from": "default"},
                          "metrics.basicAuth.user": {"value": null, "from": "default"},
                          "metrics.basicAuth.passwordFile": {"value": null, "from": "default"},
                          "kubernetes.enabled": {"value": "auto", "from": "default"},
                          "kubernetes.pod": {"value": null, "from": "default"},
                          "kubernetes.label.key": {"value": "role", "from": "default"},
                          "kubernetes.label.primary": {"value": "primary", "from": "default"},
                          "kubernetes.label.replica": {"value": "replica", "from": "default"},
                          "kubernetes.secondLabel.key": {"value": null, "from": "default"},
                          "kubernetes.secondLabel.primary": {"value": "master", "from": "default"},
                          "kubernetes.secondLabel.replica": {"value": "replica", "from": "default"},
                          "kubernetes.selector": {"value": null, "from": "default"},
                          "kubernetes.interval": {"value": "5s", "from": "default"},
                          "kubernetes.unknownAfter": {"value": "30s", "from": "default"},
                          "kubernetes.lsnInterval": {"value": "10s", "from": "default"},
                          "kubernetes.timeout": {"value": "5s", "from": "default"},
                          "kubernetes.drainTimeout": {"value": "5s", "from": "default"},
                          "kubernetes.serviceAccount": {"value": "/var/run/secrets/kubernetes.io/serviceaccount", "from": "default"},
                          "shutdown.timeout": {"value": "20s", "from": "default"},
                          "shutdown.sweep": {"value": "20s", "from": "default"},
                          "log.format": {"value": "text", "from": "default"},
                          "log.level": {"value": "info", "from": "default"}
                        }
                        """));
    }

    @Test
    void aBadConfigurationIsReportedOnStandardErrorWithACodeOfItsOwn() {
        Run run = run(Map.of("PGSIDECAR_HTTP_PORT", "http"), "config");
        assertThat(run.exit()).isEqualTo(ExitCode.BAD_CONFIG.code()).isEqualTo(78);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).isEqualTo("""
                pgsidecar: 3 errors in the configuration; nothing was started:
                  postgres.data: missing; give an absolute path, in the file or as PGSIDECAR_POSTGRES_DATA
                  http.port = http (PGSIDECAR_HTTP_PORT): must be a whole number from 0 to 65535
                  repositories.<name>.path: missing; give an absolute path, in the file or as PGSIDECAR_REPOSITORIES_<NAME>_PATH
                """);
    }

    @Test
    void theFileThatTheVariableNamesIsReadAndMissedIfAbsent() {
        Run run = run(Map.of("PGSIDECAR_CONFIG", "/nonexistent/agent.yaml"), "config");
        assertThat(run.exit()).isEqualTo(78);
        assertThat(run.err()).isEqualTo("""
                pgsidecar: 1 error in the configuration; nothing was started:
                  /nonexistent/agent.yaml: no such file
                """);
    }

    @Test
    void wrongUsageIsNoBadConfiguration() {
        assertThat(run(ENVIRONMENT, "config", "--output", "xml"))
                .satisfies(run -> assertThat(run.exit()).isEqualTo(ExitCode.USAGE.code()))
                .satisfies(run -> assertThat(run.err()).contains("--output", "xml"));
        assertThat(run(ENVIRONMENT, "confg").exit()).isEqualTo(ExitCode.USAGE.code());
        assertThat(run(ENVIRONMENT).exit()).isEqualTo(ExitCode.USAGE.code());
    }

    @Test
    void helpAndVersionGoToStandardOutput() {
        assertThat(run(ENVIRONMENT, "--version"))
                .isEqualTo(new Run(0, "pgsidecar (not from a jar)" + System.lineSeparator(), ""));
        assertThat(run(ENVIRONMENT, "--help"))
                .satisfies(run -> assertThat(run.exit()).isZero())
                .satisfies(run -> assertThat(run.out()).contains("config", "--version"));
        assertThat(run(ENVIRONMENT, "config", "--help").out()).contains("--config", "--output");
    }
}
