package io.pgsidecar.agent.metrics.queries;

import io.pgsidecar.probes.metrics.Family;
import io.pgsidecar.probes.metrics.Sample;
import io.pgsidecar.probes.metrics.queries.QuerySpec;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files of custom queries. {@link #read()} compares them with what was read before, by content: a ConfigMap's
 * files change under another folder's name, and neither their times nor a watch tells of it reliably.
 */
public final class QueryFiles {

    private static final Logger log = LoggerFactory.getLogger(QueryFiles.class);

    private final List<QuerySource> sources;
    private volatile Loaded loaded = new Loaded(List.of(), List.of());

    private record Loaded(List<LoadedFile> files, List<QueryProblem> problems) {}

    public QueryFiles(List<QuerySource> sources) {
        this.sources = List.copyOf(sources);
    }

    /** Reads them again. Whether something has changed, in the queries or in what is wrong with them. */
    public synchronized boolean read() {
        Loaded before = loaded;
        List<LoadedFile> files = new ArrayList<>();
        List<QueryProblem> problems = new ArrayList<>();
        for (QuerySource source : sources) {
            for (Path path : paths(source, problems)) {
                LoadedFile earlier = before.files.stream()
                        .filter(file -> file.file().equals(path.toString())
                                && file.prefix().equals(source.prefix()))
                        .findFirst()
                        .orElse(null);
                LoadedFile now = LoadedFile.read(path, source.prefix(), earlier);
                files.add(now);
                problems.addAll(now.content().problems());
            }
        }
        problems.addAll(overridden(files));
        Loaded after = new Loaded(List.copyOf(files), List.copyOf(problems));
        if (after.equals(before)) {
            return false;
        }
        loaded = after;
        tell(before, after);
        return true;
    }

    /** Files as they are, and of a folder those in it, by name. Hidden ones are a mounted ConfigMap's own affair. */
    private List<Path> paths(QuerySource source, List<QueryProblem> problems) {
        List<Path> paths = new ArrayList<>();
        try (DirectoryStream<Path> folder = Files.newDirectoryStream(
                source.path(), path -> !path.getFileName().toString().startsWith(".") && Files.isRegularFile(path))) {
            folder.forEach(paths::add);
            paths.sort(null);
        } catch (NotDirectoryException e) {
            paths.add(source.path());
        } catch (IOException e) {
            if (Files.isDirectory(source.path())) {
                problems.add(new QueryProblem(
                        true, source.path().toString(), 0, "", "the folder cannot be read: " + e.getMessage()));
            } else {
                paths.add(source.path());
            }
        }
        return paths;
    }

    /** Of two queries of one name the later file's counts, as in CloudNativePG. */
    private static List<QueryProblem> overridden(List<LoadedFile> files) {
        Map<String, String> seen = new LinkedHashMap<>();
        List<QueryProblem> problems = new ArrayList<>();
        for (LoadedFile file : files) {
            for (QuerySpec spec : file.content().specs()) {
                String earlier = seen.put(spec.name(), file.file());
                if (earlier != null) {
                    problems.add(new QueryProblem(
                            false,
                            file.file(),
                            0,
                            spec.name(),
                            "takes the place of the query of the same name in %s; call one of them differently"
                                    .formatted(earlier)));
                }
            }
        }
        return problems;
    }

    private static void tell(Loaded before, Loaded after) {
        after.problems.stream()
                .filter(problem -> !before.problems.contains(problem))
                .forEach(problem -> log.warn("custom queries: {}", problem));
        log.atInfo()
                .addKeyValue("files", after.files.size())
                .addKeyValue("queries", specs(after).size())
                .log("custom queries read");
    }

    private static List<QuerySpec> specs(Loaded loaded) {
        Map<String, QuerySpec> specs = new LinkedHashMap<>();
        loaded.files.forEach(file -> file.content().specs().forEach(spec -> specs.put(spec.name(), spec)));
        return List.copyOf(specs.values());
    }

    /** The queries that hold. */
    public List<QuerySpec> specs() {
        return specs(loaded);
    }

    /** What is wrong with the files. */
    public List<QueryProblem> problems() {
        return loaded.problems;
    }

    /** How many files there are. */
    public int count() {
        return loaded.files.size();
    }

    /** The name and meaning are postgres_exporter's. */
    public Family family() {
        List<Sample> samples = new ArrayList<>();
        for (LoadedFile file : loaded.files) {
            Map<String, String> labels = new LinkedHashMap<>();
            labels.put("filename", file.file());
            labels.put("hashsum", file.hash());
            samples.add(new Sample(labels, file.content().faulty() ? 1 : 0));
        }
        return new Family(
                "pg_exporter_user_queries_load_error",
                Family.Type.GAUGE,
                "Whether a file of custom queries was read and understood as a whole (1 for error, 0 for success).",
                samples);
    }
}
