package io.pgsidecar.agent.config;

import io.pgsidecar.agent.config.Node.Empty;
import io.pgsidecar.agent.config.Node.Scalar;
import io.pgsidecar.agent.config.Node.Section;
import io.pgsidecar.agent.config.Node.Sequence;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Makes records of a tree. An error does not end it: the record that it is in is not made, and everything else is
 * looked at all the same, so that one run shows every error.
 */
final class Binder {

    private static final Pattern ENTRY_NAME = Pattern.compile("[a-z][a-z0-9-]*");

    private final List<Key> known;
    private final List<ConfigError> errors;
    private final Map<String, EffectiveSetting> settings = new LinkedHashMap<>();
    private final Map<String, Key> keys = new HashMap<>();

    Binder(List<Key> known, List<ConfigError> errors) {
        this.known = known;
        this.errors = errors;
    }

    /** The record; empty after an error. */
    <T extends Record> Optional<T> bind(Class<T> type, Section root) {
        return Optional.ofNullable(type.cast(record(type, "", root)));
    }

    /** The values that hold, in the order of the records. */
    List<EffectiveSetting> settings() {
        return List.copyOf(settings.values());
    }

    private @Nullable Object record(Class<?> type, String path, @Nullable Node node) {
        Section section = section(path, node);
        if (section == null) {
            return null;
        }
        List<RecordComponent> components = List.of(type.getRecordComponents());
        reportUnknown(path, section, components);
        List<@Nullable Object> values = new ArrayList<>();
        for (RecordComponent component : components) {
            String name = component.getName();
            values.add(component(
                    component, Key.join(path, name), section.children().get(name)));
        }
        return values.stream().allMatch(Objects::nonNull) ? make(type, path, components, values.toArray()) : null;
    }

    private @Nullable Object component(RecordComponent component, String path, @Nullable Node node) {
        if (component.getType() == Map.class) {
            return map(component, path, node);
        }
        return Key.isSection(component)
                ? record(component.getType(), path, node)
                : value(Key.of(path, component), node);
    }

    private @Nullable Object map(RecordComponent component, String path, @Nullable Node node) {
        Section section = section(path, node);
        if (section == null) {
            return null;
        }
        Class<?> type = Key.typeArgument(component, 1);
        if (section.children().isEmpty()) {
            // Says which keys an entry needs. A map whose entries need none could be left out.
            return record(type, Key.join(path, Key.ANY_NAME), null) == null ? null : Map.of();
        }
        Map<String, Object> entries = new LinkedHashMap<>();
        section.children().forEach((name, child) -> {
            String below = Key.join(path, name);
            Object entry = record(type, below, child);
            if (!ENTRY_NAME.matcher(name).matches()) {
                errors.add(ConfigError.at(
                        below,
                        child.from(),
                        "a name must be lower-case letters, digits and hyphens, and begin with a letter"));
            } else if (entry != null) {
                entries.put(name, entry);
            }
        });
        int max = Integer.parseInt(Key.setting(component).max());
        if (section.children().size() > max) {
            String names = String.join(", ", section.children().keySet());
            errors.add(new ConfigError(path, names, section.from(), "at most %d are taken".formatted(max)));
        }
        return entries;
    }

    private @Nullable Object value(Key key, @Nullable Node node) {
        keys.put(key.path(), key);
        String byDefault = key.setting().byDefault();
        if (node == null && !byDefault.isEmpty()) {
            return read(key, new Scalar(byDefault, "default"));
        }
        if (node == null && key.optional()) {
            settings.put(key.path(), new EffectiveSetting(key.path(), Optional.empty(), "default"));
            return Optional.empty();
        }
        return switch (node) {
            case null -> {
                errors.add(missing(key));
                yield null;
            }
            case Scalar scalar -> read(key, scalar);
            case Sequence sequence
            when key.type().list() && sequence.words().isPresent() ->
                read(key, new Scalar(sequence.words().get(), sequence.from()));
            default -> {
                errors.add(ConfigError.at(
                        key.path(), node.from(), "must be %s, not %s".formatted(key.expected(), node.what())));
                yield null;
            }
        };
    }

    private @Nullable Object read(Key key, Scalar scalar) {
        try {
            Object value = key.read(scalar.text());
            settings.put(key.path(), new EffectiveSetting(key.path(), Optional.of(value), scalar.from()));
            return key.optional() ? Optional.of(value) : value;
        } catch (IllegalArgumentException e) {
            String shown = key.secret() ? Secret.MASK : ConfigError.quoted(scalar.text());
            errors.add(new ConfigError(key.path(), shown, scalar.from(), "must be " + key.expected()));
            return null;
        }
    }

    private @Nullable Object make(Class<?> type, String path, List<RecordComponent> components, Object[] values) {
        try {
            Class<?>[] types = components.stream().map(RecordComponent::getType).toArray(Class<?>[]::new);
            return type.getDeclaredConstructor(types).newInstance(values);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof SettingException wrong) {
                errors.add(error(Key.join(path, wrong.component()), wrong));
                return null;
            }
            throw new IllegalStateException(type + " cannot be made", e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(type + " cannot be made", e);
        }
    }

    private ConfigError error(String key, SettingException wrong) {
        if (wrong.problem().isEmpty()) {
            return missing(Objects.requireNonNull(keys.get(key)));
        }
        EffectiveSetting setting = settings.get(key);
        if (setting == null) { // It is a section that is wrong.
            return ConfigError.of(key, wrong.problem().get());
        }
        return new ConfigError(
                key,
                setting.text().map(ConfigError::quoted).orElse(null),
                setting.from(),
                wrong.problem().get());
    }

    private static ConfigError missing(Key key) {
        return ConfigError.of(
                key.path(), "missing; give %s, in the file or as %s".formatted(key.expected(), key.variable()));
    }

    /** What holds keys. Where nothing is given, none; null, after an error, where something else is. */
    private @Nullable Section section(String path, @Nullable Node node) {
        return switch (node) {
            case null -> new Section("default");
            case Section section -> section;
            case Empty empty -> new Section(empty.from());
            default -> {
                errors.add(ConfigError.at(path, node.from(), "must be a section, not " + node.what()));
                yield null;
            }
        };
    }

    /** The values stay out of the messages: a misspelled password is still a password. */
    private void reportUnknown(String path, Section section, List<RecordComponent> components) {
        List<String> siblings = components.stream()
                .map(component -> Key.join(path, component.getName()))
                .toList();
        section.children().forEach((name, child) -> {
            String below = Key.join(path, name);
            if (!siblings.contains(below)) {
                String hint = Nearest.to(
                                name,
                                Stream.concat(siblings.stream(), known.stream().map(Key::path)),
                                // The right name in the wrong place is one mistake.
                                key -> Nearest.distance(name, lastPart(key)) + (siblings.contains(key) ? 0 : 1))
                        .map("; did you mean %s?"::formatted)
                        .orElse(", and none is like it");
                errors.add(ConfigError.at(below, child.from(), "unknown key" + hint));
            }
        });
    }

    private static String lastPart(String path) {
        return path.substring(path.lastIndexOf('.') + 1);
    }
}
