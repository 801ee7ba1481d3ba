package io.pgsidecar.agent.config;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.JacksonYAMLParseException;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import io.pgsidecar.agent.config.Node.Empty;
import io.pgsidecar.agent.config.Node.Scalar;
import io.pgsidecar.agent.config.Node.Section;
import io.pgsidecar.agent.config.Node.Sequence;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Reads a YAML file into a tree that knows the line of each key. It reads tokens, since Jackson's own tree forgets the
 * lines and stops at the first key that is there twice.
 */
final class YamlFile {

    private static final int MAX_BYTES = 1 << 20;

    private static final Pattern MARK = Pattern.compile("^ in 'reader', line (\\d+),", Pattern.MULTILINE);

    private final Path file;
    private final YAMLParser parser;
    private final List<ConfigError> errors;

    private YamlFile(Path file, YAMLParser parser, List<ConfigError> errors) {
        this.file = file;
        this.parser = parser;
        this.errors = errors;
    }

    /** The file's tree: without keys if the file is empty, none at all if it cannot be read. */
    static Optional<Section> read(Path file, List<ConfigError> errors) {
        try (YAMLParser parser = new YAMLFactory().createParser(text(file))) {
            return Optional.of(new YamlFile(file, parser, errors).document());
        } catch (JsonParseException e) {
            errors.add(ConfigError.of(file + line(e), "not valid YAML: " + withoutContent(e.getOriginalMessage())));
        } catch (CharacterCodingException e) {
            errors.add(ConfigError.of(file.toString(), "must be UTF-8 text"));
        } catch (NoSuchFileException e) {
            errors.add(ConfigError.of(file.toString(), "no such file"));
        } catch (AccessDeniedException e) {
            errors.add(ConfigError.of(file.toString(), "permission denied"));
        } catch (IOException e) {
            errors.add(ConfigError.of(file.toString(), "cannot be read: " + e.getMessage()));
        }
        return Optional.empty();
    }

    private static String text(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw new IOException("it is larger than " + MAX_BYTES + " bytes");
            }
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        }
    }

    private Section document() throws IOException {
        JsonToken first = parser.nextToken();
        Node root = first == null ? new Empty(here()) : node("", here());
        if (parser.nextToken() != null) {
            errors.add(ConfigError.of(here(), "must be one YAML document; this begins another"));
        }
        return switch (root) {
            case Section section -> section;
            case Empty empty -> new Section(empty.from());
            default -> {
                errors.add(ConfigError.of(root.from(), "must be keys with values, not " + root.what()));
                yield new Section(root.from());
            }
        };
    }

    private Node node(String path, String from) throws IOException {
        if (parser.isCurrentAlias() || parser.getTypeId() != null) {
            // Dropping them silently would change a password that begins with one of these.
            errors.add(ConfigError.at(
                    path, from, "aliases (*) and tags (!) are not read; put a value that begins with one in quotes"));
        }
        return switch (parser.currentToken()) {
            case START_OBJECT -> section(path, from);
            case START_ARRAY -> new Sequence(words(), from);
            case VALUE_NULL -> new Empty(from);
            default -> new Scalar(parser.getText(), from);
        };
    }

    /** Nothing where an item is a section, a list, or empty. */
    private Optional<String> words() throws IOException {
        List<String> words = new ArrayList<>();
        boolean plain = true;
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            plain &= parser.currentToken().isScalarValue() && parser.currentToken() != JsonToken.VALUE_NULL;
            words.add(parser.getText());
            parser.skipChildren();
        }
        return plain && !words.isEmpty() ? Optional.of(String.join(",", words)) : Optional.empty();
    }

    private Section section(String path, String from) throws IOException {
        Section section = new Section(from);
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            String at = here();
            String below = Key.join(path, name);
            parser.nextToken();
            Node child = node(below, at);
            if (name.contains(".")) {
                errors.add(ConfigError.at(below, at, "must be written nested: each part of the key on its own level"));
                continue;
            }
            Node earlier = section.children().putIfAbsent(name, child);
            if (earlier != null) {
                errors.add(ConfigError.at(
                        below, at, "given twice, first at %s; leave one of the two out".formatted(earlier.from())));
            }
        }
        return section;
    }

    private String here() {
        return file + ":" + parser.currentTokenLocation().getLineNr();
    }

    /** Jackson's own errors know their line. For SnakeYAML's it has that of the token before, so their text is asked. */
    private static String line(JsonParseException e) {
        if (!(e instanceof JacksonYAMLParseException)) {
            return ":" + e.getLocation().getLineNr();
        }
        return MARK.matcher(e.getOriginalMessage())
                .results()
                .reduce((first, last) -> last)
                .map(mark -> ":" + mark.group(1))
                .orElse("");
    }

    /** The message without what it repeats of the file (indented lines, a tag, a key): it may be a password. */
    private static String withoutContent(String message) {
        return message.lines()
                .filter(line -> !line.isBlank() && !line.startsWith(" "))
                .map(line -> line.replaceFirst(" !.*|, got this instead.*", ""))
                .collect(Collectors.joining(", "));
    }
}
