package io.pgsidecar.agent.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.agent.config.ConfigLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrimaryConninfoTest {

    @Test
    void withoutAPrimaryThereIsNone() throws Exception {
        assertThat(PrimaryConninfo.of(
                        ConfigLoader.load(Optional.empty(), environment(Map.of()))
                                .config(),
                        pod()))
                .isEmpty();
    }

    @Test
    void theAgentsOwnRoleHasItsOwnPassword() throws Exception {
        assertThat(conninfo(Map.of()))
                .isEqualTo("host=pg port=5432 user=pgsidecar password='it\\'s mine' application_name=pg-1");
        assertThat(conninfo(Map.of("REPLICATION_USER", "pgsidecar"))).contains("password='it\\'s mine'");
    }

    @Test
    void anotherRoleHasTheOneOfItsFile(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("password"), "of-file\n");
        assertThat(conninfo(Map.of("REPLICATION_USER", "replicator"))).doesNotContain("password");
        assertThat(conninfo(Map.of("REPLICATION_USER", "replicator", "PASSWORD_FILE", file.toString())))
                .isEqualTo("host=pg port=5432 user=replicator password=of-file application_name=pg-1");
    }

    @Test
    void aPassfileIsNotOverridden() throws Exception {
        assertThat(conninfo(Map.of("PRIMARY_CONNINFO", "passfile=/etc/pgpass")))
                .isEqualTo("host=pg port=5432 user=pgsidecar application_name=pg-1 passfile=/etc/pgpass");
    }

    @Test
    void ofSeveralHostsTheOneThatTakesWrites() throws Exception {
        assertThat(conninfo(Map.of("PRIMARY_HOST", "a,b"))).contains("host=a,b", "target_session_attrs=read-write");
    }

    private static String conninfo(Map<String, String> bootstrap) throws Exception {
        Map<String, String> environment = environment(Map.of("PRIMARY_HOST", "pg"));
        bootstrap.forEach((key, value) -> environment.put("PGSIDECAR_BOOTSTRAP_" + key, value));
        return PrimaryConninfo.of(
                        ConfigLoader.load(Optional.empty(), environment).config(), pod())
                .orElseThrow();
    }

    private static Map<String, String> environment(Map<String, String> bootstrap) {
        Map<String, String> environment = new HashMap<>(Map.of(
                "PGSIDECAR_POSTGRES_DATA", "/data",
                "PGSIDECAR_POSTGRES_PASSWORD", "it's mine",
                "PGSIDECAR_REPOSITORIES_MAIN_PATH", "/repository"));
        bootstrap.forEach((key, value) -> environment.put("PGSIDECAR_BOOTSTRAP_" + key, value));
        return environment;
    }

    private static PodName pod() {
        return PodName.of(Map.of("POD_NAME", "pg-1"));
    }
}
