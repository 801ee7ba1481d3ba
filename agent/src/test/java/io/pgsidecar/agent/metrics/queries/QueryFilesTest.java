package io.pgsidecar.agent.metrics.queries;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.pgsidecar.agent.DocsPage;
import io.pgsidecar.probes.metrics.Sample;
import io.pgsidecar.probes.metrics.queries.QuerySpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QueryFilesTest {

    @TempDir
    Path folder;

    @Test
    void aFileIsReadAgainWhenItChanges() throws IOException {
        Path file = write("q.yaml", "a: {query: SELECT 1}");
        QueryFiles files = files(file.toString());
        assertThat(files.read()).isTrue();
        assertThat(names(files)).containsExactly("a");
        assertThat(files.read()).as("nothing has changed").isFalse();
        write("q.yaml", "b: {query: SELECT 1}");
        assertThat(files.read()).isTrue();
        assertThat(names(files)).containsExactly("b");
    }

    @Test
    void aMountedConfigMapIsAFolderWhoseLinkIsChanged() throws IOException {
        // As the kubelet does it: what is seen are links, through a link that is renamed over.
        Path first = Files.createDirectory(folder.resolve("..2026_1"));
        Files.writeString(first.resolve("custom-queries"), "a: {query: SELECT 1}");
        Files.createSymbolicLink(folder.resolve("..data"), Path.of("..2026_1"));
        Files.createSymbolicLink(folder.resolve("custom-queries"), Path.of("..data", "custom-queries"));
        QueryFiles files = files(folder.toString());
        files.read();
        assertThat(names(files)).containsExactly("a");
        assertThat(files.count()).isEqualTo(1);

        Path second = Files.createDirectory(folder.resolve("..2026_2"));
        Files.writeString(second.resolve("custom-queries"), "b: {query: SELECT 1}");
        Files.createSymbolicLink(folder.resolve("..data_tmp"), Path.of("..2026_2"));
        Files.move(folder.resolve("..data_tmp"), folder.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
        assertThat(files.read()).isTrue();
        assertThat(names(files)).containsExactly("b");
    }

    @Test
    void filesOfAFolderComeAndGo() throws IOException {
        write("b", "b: {query: SELECT 1}");
        QueryFiles files = files(folder.toString());
        files.read();
        write("a", "a: {query: SELECT 1}");
        write(".hidden", "c: {query: SELECT 1}");
        Files.createDirectory(folder.resolve("below"));
        assertThat(files.read()).isTrue();
        assertThat(names(files)).containsExactly("a", "b");
        Files.delete(folder.resolve("b"));
        assertThat(files.read()).isTrue();
        assertThat(names(files)).containsExactly("a");
        assertThat(files.problems()).isEmpty();
    }

    @Test
    void aFileThatCannotBeUnderstoodLeavesTheQueriesOfBefore() throws IOException {
        Path file = write("q.yaml", "a: {query: SELECT 1}");
        QueryFiles files = files(file.toString());
        files.read();
        assertThat(error(files)).isZero();
        for (String broken : List.of("a: [", "\u0000", "x".repeat(1 << 20) + ": 1")) {
            write("q.yaml", broken);
            assertThat(files.read()).isTrue();
            assertThat(names(files)).containsExactly("a");
            assertThat(error(files)).isEqualTo(1);
            assertThat(files.read()).as("it is told once").isFalse();
        }
        Files.delete(file);
        assertThat(files.read()).isTrue();
        assertThat(names(files)).containsExactly("a");
        assertThat(files.problems()).extracting(QueryProblem::toString).containsExactly(file + ": no such file");
        write("q.yaml", "b: {query: SELECT 1}");
        files.read();
        assertThat(names(files)).containsExactly("b");
        assertThat(error(files)).isZero();
    }

    @Test
    void aFileThatIsNotThereAtFirstIsToldAndTakenWhenItComes() throws IOException {
        Path file = folder.resolve("q.yaml");
        QueryFiles files = files(file.toString());
        files.read();
        assertThat(files.specs()).isEmpty();
        assertThat(error(files)).isEqualTo(1);
        write("q.yaml", "b: {query: SELECT 1}");
        assertThat(files.read()).isTrue();
        assertThat(names(files)).containsExactly("b");
    }

    @Test
    void theErrorIsShownAsByPostgresExporter() throws IOException {
        Path good = write("good", "a: {query: SELECT 1}");
        Path bad = write("bad", "b: {query: SELECT 1}\nc: {query: 1; 2}");
        Files.write(folder.resolve("binary"), new byte[] {(byte) 0xff});
        QueryFiles files = files(folder.toString());
        files.read();
        assertThat(names(files)).containsExactly("b", "a");
        assertThat(files.family().name()).isEqualTo("pg_exporter_user_queries_load_error");
        assertThat(DocsPage.METRICS.text())
                .contains("| `pg_exporter_user_queries_load_error` | gauge | `filename`, `hashsum` | "
                        + files.family().help() + " |");
        assertThat(files.family().samples())
                .extracting(s -> s.labels().get("filename"), Sample::value)
                .containsExactly(
                        tuple(bad.toString(), 1.0),
                        tuple(folder.resolve("binary").toString(), 1.0),
                        tuple(good.toString(), 0.0));
        assertThat(files.family().samples().getLast().labels().get("hashsum"))
                .as("sha256sum of it")
                .isEqualTo("81eed819d977f658a6d098762246619c99bd1151d7be345b1926fd08b7cc388d");
    }

    @Test
    void ofTwoQueriesOfOneNameTheLaterOneCounts() throws IOException {
        write("1", "a: {query: SELECT 1}");
        write("2", "a: {query: SELECT 2}");
        QueryFiles files = files(folder.toString());
        files.read();
        assertThat(files.specs()).extracting(QuerySpec::query).containsExactly("SELECT 2");
        assertThat(files.problems())
                .extracting(QueryProblem::toString)
                .containsExactly(
                        "%s: a: takes the place of the query of the same name in %s; call one of them differently"
                                .formatted(folder.resolve("2"), folder.resolve("1")));
        assertThat(files.family().samples()).extracting(Sample::value).containsOnly(0.0);
    }

    @Test
    void aPrefixGoesBeforeEachName() throws IOException {
        Path file = write("q.yaml", "pg_x: {query: SELECT 1}");
        QueryFiles files = files("cnpg=" + file, file.toString());
        files.read();
        assertThat(files.specs()).extracting(QuerySpec::namespace).containsExactly("pg_x");
        QueryFiles one = files("cnpg=" + file);
        one.read();
        assertThat(one.specs()).extracting(QuerySpec::namespace).containsExactly("cnpg_pg_x");
    }

    private Path write(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    private static QueryFiles files(String... words) {
        return new QueryFiles(Stream.of(words).map(QuerySource::of).toList());
    }

    private static List<String> names(QueryFiles files) {
        return files.specs().stream().map(QuerySpec::name).toList();
    }

    private static double error(QueryFiles files) {
        return files.family().samples().getFirst().value();
    }
}
