package io.pgsidecar.agent.metrics.queries;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.JacksonYAMLParseException;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import io.pgsidecar.agent.metrics.queries.YamlNode.Dangling;
import io.pgsidecar.agent.metrics.queries.YamlNode.Fault;
import io.pgsidecar.agent.metrics.queries.YamlNode.Items;
import io.pgsidecar.agent.metrics.queries.YamlNode.Keys;
import io.pgsidecar.agent.metrics.queries.YamlNode.Nothing;
import io.pgsidecar.agent.metrics.queries.YamlNode.Text;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads YAML as the originals' library does: with anchors, aliases and merge keys ({@code <<}). An alias is the same
 * node once more, so that a small file cannot become a large tree.
 */
final class YamlReader {

    private static final Pattern MARK = Pattern.compile("^ in 'reader', line (\\d+),", Pattern.MULTILINE);

    private final YAMLParser parser;
    private final String file;
    private final int linesBefore;
    private final List<QueryProblem> problems;
    private final Map<String, YamlNode> anchors = new HashMap<>();

    private YamlReader(YAMLParser parser, String file, int linesBefore, List<QueryProblem> problems) {
        this.parser = parser;
        this.file = file;
        this.linesBefore = linesBefore;
        this.problems = problems;
    }

    /**
     * The tree; empty, with a problem noted, if the text is no YAML.
     *
     * @param linesBefore of the file, above the text
     */
    static Optional<YamlNode> read(String text, String file, int linesBefore, List<QueryProblem> problems) {
        try (YAMLParser parser = new YAMLFactory().createParser(text)) {
            return Optional.of(new YamlReader(parser, file, linesBefore, problems).document());
        } catch (JsonParseException e) {
            problems.add(new QueryProblem(
                    true, file, line(e) + linesBefore, "", "not valid YAML: " + message(e.getOriginalMessage())));
        } catch (IOException e) {
            problems.add(new QueryProblem(true, file, 0, "", "not valid YAML: " + e.getMessage()));
        }
        return Optional.empty();
    }

    private YamlNode document() throws IOException {
        JsonToken first = parser.nextToken();
        YamlNode root = first == null ? new Nothing(1) : node();
        if (parser.nextToken() != null) {
            problems.add(new QueryProblem(true, file, line(), "", "must be one YAML document; this begins another"));
        }
        return root;
    }

    private YamlNode node() throws IOException {
        if (parser.isCurrentAlias()) {
            String name = parser.getText();
            YamlNode anchored = anchors.get(name);
            return anchored == null ? new Dangling(name, line()) : anchored;
        }
        Object anchor = parser.getObjectId();
        YamlNode node = switch (parser.currentToken()) {
            case START_OBJECT -> keys();
            case START_ARRAY -> items();
            case VALUE_NULL -> new Nothing(line());
            default -> text();
        };
        if (anchor != null) {
            anchors.put(anchor.toString(), node);
        }
        return node;
    }

    private Text text() throws IOException {
        int line = line();
        String text = parser.getText();
        return new Text(text, text.contains("\n"), line);
    }

    private Items items() throws IOException {
        int line = line();
        List<YamlNode> values = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            values.add(node());
        }
        return new Items(values, line);
    }

    private Keys keys() throws IOException {
        Keys keys = new Keys(new LinkedHashMap<>(), new HashMap<>(), new ArrayList<>(), line());
        @Nullable YamlNode merged = null;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            int line = line();
            parser.nextToken();
            YamlNode value = node();
            if (name.equals("<<")) {
                merged = value;
                continue;
            }
            Integer first = keys.lines().putIfAbsent(name, line);
            if (first == null) {
                keys.values().put(name, value);
            } else {
                keys.faults()
                        .add(new Fault(
                                name,
                                line,
                                "given twice, first in line %d; leave one of the two out".formatted(first)));
            }
        }
        if (merged != null) {
            merge(merged, keys);
        }
        return keys;
    }

    /** What is written at the place itself counts, then what comes first in a list. */
    private static void merge(YamlNode from, Keys into) {
        switch (from) {
            case Keys keys ->
                keys.values().forEach((name, value) -> {
                    if (into.values().putIfAbsent(name, value) == null) {
                        into.lines().put(name, keys.lineOf(name));
                    }
                });
            case Items items -> items.values().forEach(item -> merge(item, into));
            default ->
                into.faults()
                        .add(new Fault("<<", from.line(), "must be an alias of keys with values, not " + from.what()));
        }
    }

    private int line() {
        return parser.currentTokenLocation().getLineNr() + linesBefore;
    }

    /** Jackson's own errors know their line. For SnakeYAML's it has that of the token before, so their text is asked. */
    private static int line(JsonParseException e) {
        if (!(e instanceof JacksonYAMLParseException)) {
            return e.getLocation().getLineNr();
        }
        return MARK.matcher(e.getOriginalMessage())
                .results()
                .reduce((first, last) -> last)
                .map(mark -> Integer.parseInt(mark.group(1)))
                .orElse(0);
    }

    /** In one line, without what it repeats of the file. */
    private static String message(String message) {
        return message.lines()
                .filter(line -> !line.isBlank() && !line.startsWith(" "))
                .collect(Collectors.joining(", "));
    }
}
