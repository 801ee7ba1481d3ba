package io.pgsidecar.agent.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.agent.command.ConfigCommand;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** {@code docs/configuration.md} says what the records say. */
class ConfigurationPageTest {

    @TempDir
    Path folder;

    private static String page() throws IOException {
        // Maven runs tests in the module's folder, an IDE perhaps in the project's.
        Path page = Path.of("docs", "configuration.md");
        return Files.readString(Files.exists(page) ? page : Path.of("..").resolve(page));
    }

    @Test
    void theTableHasALineForEachKeyAndNoOther() throws IOException {
        List<String> written =
                page().lines().filter(line -> line.startsWith("| `")).toList();
        List<String> right = Key.allOf(AgentConfig.class).stream()
                .map(ConfigurationPageTest::row)
                .toList();
        assertThat(written)
                .as("the table of docs/configuration.md; the expected lines are the right ones, copy them to the page")
                .containsExactlyElementsOf(right);
    }

    private static String row(Key key) {
        String byDefault = key.setting().byDefault();
        return "| `%s` | `%s` | %s | %s | %s |"
                .formatted(
                        key.path(),
                        key.variable(),
                        key.expected(),
                        !byDefault.isEmpty() ? "`" + byDefault + "`" : key.optional() ? "optional" : "required",
                        key.setting().doc());
    }

    @Test
    void theExampleIsAConfiguration() throws Exception {
        LoadedConfig loaded = new TestConfig(folder).load(block("```yaml\n"), Map.of());
        assertThat(loaded.settings())
                .filteredOn(setting -> !setting.from().equals("default"))
                .extracting(EffectiveSetting::key)
                .containsExactly(
                        "postgres.data",
                        "postgres.passwordFile",
                        "repositories.main.path",
                        "archive.compression",
                        "archive.compressionLevel",
                        "log.format");
    }

    @Test
    void theErrorsAreThoseThatOneGets() throws Exception {
        String yaml = """
                postgres:
                  # data is missing
                  prot: 5432
                repositories:
                  main:
                    path: /repository
                probes:
                  interval: 1
                """;
        List<String> lines = new TestConfig(folder).errors(yaml, Map.of("PGSIDECAR_ARCHIVE_COMPRESION", "lz4"));
        assertThat(block("```text\n"))
                .isEqualTo("pgsidecar: 4 errors in the configuration; nothing was started:\n  %s\n"
                        .formatted(String.join("\n  ", lines)));
    }

    @Test
    void theOutputOfConfigIsThatOfTheExample() throws Exception {
        Path file = new TestConfig(folder).file(block("```yaml\n"));
        StringWriter out = new StringWriter();
        new CommandLine(new ConfigCommand(Map.of("PGSIDECAR_ARCHIVE_COMPRESSION", "lz4")))
                .setOut(new PrintWriter(out))
                .execute("--config", file.toString());
        assertThat(block("```console\n").lines())
                .filteredOn(line -> !line.startsWith("$") && !line.equals("…"))
                .isSubsetOf(out.toString()
                        .replace(file.toString(), "/etc/pgsidecar/agent.yaml")
                        .lines()
                        .toList());
    }

    private static String block(String fence) throws IOException {
        String page = page();
        int start = page.indexOf(fence) + fence.length();
        return page.substring(start, page.indexOf("```", start));
    }
}
