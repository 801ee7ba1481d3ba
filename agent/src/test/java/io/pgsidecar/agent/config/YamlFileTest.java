package io.pgsidecar.agent.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class YamlFileTest {

    private static final String NOT_READ =
            "aliases (*) and tags (!) are not read; put a value that begins with one in quotes";

    @TempDir
    Path folder;

    private TestConfig files;

    @BeforeEach
    void setUp() {
        files = new TestConfig(folder);
    }

    @ParameterizedTest
    @MethodSource
    void yamlThatIsNotReadIsReported(String yaml, String line) throws Exception {
        assertThat(files.errors(yaml, TestConfig.REQUIRED)).containsExactly(line);
    }

    static List<Arguments> yamlThatIsNotReadIsReported() {
        return List.of(
                arguments("- a\n- b", "agent.yaml:1: must be keys with values, not a list"),
                arguments("hello", "agent.yaml:1: must be keys with values, not a single value"),
                arguments("server: a\n---\nserver: b", "agent.yaml:3: must be one YAML document; this begins another"),
                arguments("server: *b", "server (agent.yaml:1): " + NOT_READ),
                arguments("server: !!str b", "server (agent.yaml:1): " + NOT_READ),
                arguments("server: !a b", "server (agent.yaml:1): " + NOT_READ));
    }

    @ParameterizedTest
    @MethodSource
    void aFileThatIsNoYamlIsReportedByLineWithoutItsContent(String yaml, String line) throws Exception {
        assertThat(files.errors(yaml, TestConfig.REQUIRED))
                .containsExactly(line)
                .noneMatch(error -> error.contains("hunter2"));
    }

    static List<Arguments> aFileThatIsNoYamlIsReportedByLineWithoutItsContent() {
        return List.of(
                arguments(
                        "postgres:\n  password: hunter2: x",
                        "agent.yaml:2: not valid YAML: mapping values are not allowed here"),
                arguments(
                        "http:\n\tport: 1",
                        "agent.yaml:2: not valid YAML: while scanning for the next token,"
                                + " found character '\\t(TAB)' that cannot start any token. (Do not use \\t(TAB) for indentation)"),
                arguments(
                        "postgres:\n  password: \"hunter2\n",
                        "agent.yaml:3: not valid YAML: while scanning a quoted scalar, found unexpected end of stream"),
                arguments(
                        "postgres:\n  password: hunter2\n port: 1\n",
                        "agent.yaml:3: not valid YAML: while parsing a block mapping,"
                                + " expected <block end>, but found '<block mapping start>'"),
                arguments(
                        "server: {",
                        "agent.yaml:1: not valid YAML: while parsing a flow node,"
                                + " expected the node content, but found '<stream end>'"),
                arguments(
                        "? [hunter2]\n: b",
                        "agent.yaml:1: not valid YAML: Expected a field name (Scalar value in YAML)"),
                arguments(
                        "http:\n  host: h\npostgres:\n  password: !hunter2!x y",
                        "agent.yaml:4: not valid YAML: while parsing a node, found undefined tag handle"),
                arguments("server: \0", "agent.yaml: not valid YAML: special characters are not allowed"));
    }

    @Test
    void anEmptyAnchorIsNoPassword() throws Exception {
        assertThat(files.errors("postgres:\n  password: &hunter2", TestConfig.REQUIRED))
                .containsExactly("postgres.password (agent.yaml:2): must be text, not empty");
        assertThat(files.errors("postgres:\n  password: !hunter2", TestConfig.REQUIRED))
                .first()
                .isEqualTo("postgres.password (agent.yaml:2): " + NOT_READ);
        assertThat(files.errors("postgres:\n  password: *hunter2", TestConfig.REQUIRED))
                .containsExactly("postgres.password (agent.yaml:2): " + NOT_READ);
    }

    @Test
    void aNamedFileMustBeThereAndBeReadable() throws Exception {
        assertThat(files.errors(folder.resolve("absent.yaml"), TestConfig.REQUIRED))
                .containsExactly("absent.yaml: no such file");
        // Nobody can read a folder as a file, root neither.
        Path directory = Files.createDirectory(folder.resolve("directory"));
        assertThat(files.errors(directory, TestConfig.REQUIRED))
                .containsExactly("directory: cannot be read: Is a directory");
        Path huge = Files.write(folder.resolve("huge.yaml"), new byte[(1 << 20) + 1]);
        assertThat(files.errors(huge, TestConfig.REQUIRED))
                .containsExactly("huge.yaml: cannot be read: it is larger than 1048576 bytes");
        Path latin1 = Files.write(folder.resolve("latin1.yaml"), new byte[] {'#', (byte) 0xe4, '\n'});
        assertThat(files.errors(latin1, TestConfig.REQUIRED)).containsExactly("latin1.yaml: must be UTF-8 text");
    }

    @Test
    void aFileOfSomebodyElseIsReported() throws Exception {
        Path file = files.file("");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("---------"));
        assumeThat(Files.isReadable(file))
                .as("readable in spite of its mode: run by root")
                .isFalse();
        assertThat(files.errors(file, TestConfig.REQUIRED)).containsExactly("agent.yaml: permission denied");
    }
}
