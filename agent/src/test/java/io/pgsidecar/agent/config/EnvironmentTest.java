package io.pgsidecar.agent.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.agent.config.Node.Section;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EnvironmentTest {

    private final List<ConfigError> errors = new ArrayList<>();

    private Map<String, Node> read(Map<String, String> variables) {
        return read(AgentConfig.class, variables);
    }

    private Map<String, Node> read(Class<?> type, Map<String, String> variables) {
        Section root = new Section("environment");
        new Environment(Key.allOf(type), errors).overlay(root, variables);
        return root.children();
    }

    private List<String> lines() {
        return errors.stream().map(ConfigError::toString).toList();
    }

    @ParameterizedTest
    @CsvSource({
        "PGSIDECAR_ARCHIVE_COMPRESSION, archive.compression",
        "PGSIDECAR_POSTGRES_PASSWORD_FILE, postgres.passwordFile",
        "PGSIDECAR_POSTGRES_PASSWORDFILE, postgres.passwordFile",
        "PGSIDECAR_REPOSITORIES_MAIN_PATH, repositories.main.path",
        "PGSIDECAR_REPOSITORIES_OFF_SITE_2_PATH, repositories.off-site-2.path",
        // An entry may have the name of a key.
        "PGSIDECAR_REPOSITORIES_PATH_PATH, repositories.path.path"
    })
    void aVariableIsAKey(String variable, String path) {
        assertThat(leaves("", read(Map.of(variable, "x")))).containsExactly(path);
        assertThat(errors).isEmpty();
    }

    private static List<String> leaves(String path, Map<String, Node> children) {
        List<String> paths = new ArrayList<>();
        children.forEach((name, child) -> {
            String below = Key.join(path, name);
            paths.addAll(child instanceof Section section ? leaves(below, section.children()) : List.of(below));
        });
        return paths;
    }

    /** The names that a reader of the docs would write are those that are read. */
    @Test
    void everyKeyIsReadFromTheVariableThatIsNamedForIt() {
        for (Key key : Key.allOf(AgentConfig.class)) {
            String variable = key.variable().replace("<NAME>", "MAIN");
            assertThat(read(Map.of(variable, "x"))).as(variable).hasSize(1);
        }
        assertThat(errors).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "PGSIDECAR_ARCHIVE_COMPRESION, PGSIDECAR_ARCHIVE_COMPRESSION",
        "PGSIDECAR_POSTGRES_PASSWORD_FIL, PGSIDECAR_POSTGRES_PASSWORD_FILE",
        "PGSIDECAR_HTTP_PROT, PGSIDECAR_HTTP_PORT",
        "PGSIDECAR_CONFG, PGSIDECAR_CONFIG",
        "PGSIDECAR_REPOSITORIES_OFF_SITE_PTH, PGSIDECAR_REPOSITORIES_OFF_SITE_PATH",
        "PGSIDECAR_REPOSITORY_MAIN_PATH, PGSIDECAR_REPOSITORIES_MAIN_PATH",
        "PGSIDECAR_REPOSITORIES_PATH, PGSIDECAR_REPOSITORIES_<NAME>_PATH"
    })
    void anUnknownVariableIsAnErrorWithTheNearestOne(String variable, String nearest) {
        assertThat(read(Map.of(variable, "hunter2"))).isEmpty();
        assertThat(lines()).containsExactly(variable + ": unknown variable; did you mean " + nearest + "?");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "PGSIDECAR_",
                "PGSIDECAR_TABLESPACES",
                "PGSIDECAR_REPOSITORIES_1_RETENTION_POLICY",
                "PGSIDECAR_http_port"
            })
    void anUnknownVariableThatIsLikeNoneIsAnErrorToo(String variable) {
        assertThat(read(Map.of(variable, "hunter2"))).isEmpty();
        assertThat(lines()).containsExactly(variable + ": unknown variable, and no key's is like it");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "PGSIDECAR_CONFIG",
                "PGSIDECAR_SOCKET",
                "PGSIDECAR_JAVA_OPTS",
                "PGSIDECAR_SHIM",
                "PGDATA",
                "PATH",
                "PGSIDECARX_FOO"
            })
    void whatIsNoKeyIsLeftAlone(String variable) {
        assertThat(read(Map.of(variable, "x"))).isEmpty();
        assertThat(errors).isEmpty();
    }

    /** All that the kubelet sets for a Service "pgsidecar", one "pgsidecar-http" and one "pgsidecar-log". */
    @ParameterizedTest
    @CsvSource({
        "PGSIDECAR_SERVICE_HOST, 10.0.0.11",
        "PGSIDECAR_SERVICE_PORT, 8008",
        "PGSIDECAR_SERVICE_PORT_PROBES, 8008",
        "PGSIDECAR_PORT, tcp://10.0.0.11:8008",
        "PGSIDECAR_PORT_8008_TCP, tcp://10.0.0.11:8008",
        "PGSIDECAR_PORT_8008_TCP_PROTO, tcp",
        "PGSIDECAR_PORT_8008_TCP_PORT, 8008",
        "PGSIDECAR_PORT_8008_TCP_ADDR, 10.0.0.11",
        "PGSIDECAR_PORT_53_UDP, udp://10.0.0.11:53",
        "PGSIDECAR_PORT_53_UDP_PROTO, udp",
        "PGSIDECAR_PORT_9_SCTP, sctp://10.0.0.11:9",
        "PGSIDECAR_PORT_9_SCTP_ADDR, 10.0.0.11",
        "PGSIDECAR_HTTP_SERVICE_HOST, 10.0.0.12",
        "PGSIDECAR_HTTP_SERVICE_PORT, 8008",
        "PGSIDECAR_HTTP_SERVICE_PORT_HTTP, 8008",
        "PGSIDECAR_HTTP_PORT, tcp://10.0.0.12:8008",
        "PGSIDECAR_HTTP_PORT_8008_TCP_PORT, 8008",
        "PGSIDECAR_LOG_SERVICE_PORT_LEVEL, 8008",
        "PGSIDECAR_READ_ONLY_PORT, tcp://[fd00::1]:8008"
    })
    void whatKubernetesSetsForAServiceIsLeftAlone(String variable, String value) {
        assertThat(read(Map.of(variable, value))).isEmpty();
        assertThat(errors).isEmpty();
    }

    @Test
    void twoVariablesForOneKeyAreAnError() {
        read(Map.of("PGSIDECAR_POSTGRES_PASSWORD_FILE", "/a", "PGSIDECAR_POSTGRES_PASSWORDFILE", "/a"));
        assertThat(lines())
                .containsExactly("PGSIDECAR_POSTGRES_PASSWORD_FILE: postgres.passwordFile is given by"
                        + " PGSIDECAR_POSTGRES_PASSWORDFILE too; leave one of the two out");
    }

    record Store(
            @Setting(doc = "") String endpoint,
            @Setting(doc = "") String s3Endpoint) {}

    record Stores(@Setting(doc = "", max = "9") Map<String, Store> stores) {}

    @Test
    void aVariableThatCanMeanTwoKeysIsAnError() {
        Map<String, String> variables = new HashMap<>(Map.of("PGSIDECAR_STORES_MAIN_S3_ENDPOINT", "x"));
        assertThat(read(Stores.class, variables)).isEmpty();
        assertThat(lines())
                .containsExactly("PGSIDECAR_STORES_MAIN_S3_ENDPOINT:"
                        + " can mean stores.main-s3.endpoint or stores.main.s3Endpoint; give it in the file");
    }
}
