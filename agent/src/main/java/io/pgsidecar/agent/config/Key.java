package io.pgsidecar.agent.config;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A key that takes one value, as a record component declares it.
 *
 * @param path its parts joined by dots; {@value #ANY_NAME} stands for the name of an entry of a map
 */
record Key(String path, Setting setting, ValueType type, boolean optional, boolean secret) {

    static final String ANY_NAME = "<name>";

    /** The key that the component declares. */
    static Key of(String path, RecordComponent component) {
        boolean optional = component.getType() == Optional.class;
        Class<?> type = optional ? typeArgument(component, 0) : component.getType();
        return new Key(path, setting(component), ValueType.of(type), optional, type == Secret.class);
    }

    /** Every key below a record, in the order in which they are declared. */
    static List<Key> allOf(Class<?> type) {
        return allOf(type, "").toList();
    }

    private static Stream<Key> allOf(Class<?> type, String path) {
        return Arrays.stream(type.getRecordComponents()).flatMap(component -> {
            String below = join(path, component.getName());
            if (component.getType() == Map.class) {
                return allOf(typeArgument(component, 1), join(below, ANY_NAME));
            }
            return isSection(component) ? allOf(component.getType(), below) : Stream.of(of(below, component));
        });
    }

    static boolean isSection(RecordComponent component) {
        return component.getType().isRecord() && !ValueType.isValue(component.getType());
    }

    static Setting setting(RecordComponent component) {
        Setting setting = component.getAnnotation(Setting.class);
        if (setting == null) {
            throw new IllegalStateException("no @Setting on " + component);
        }
        return setting;
    }

    static Class<?> typeArgument(RecordComponent component, int index) {
        return (Class<?>) ((ParameterizedType) component.getGenericType()).getActualTypeArguments()[index];
    }

    static String join(String path, String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    /** The environment variable: {@code postgres.passwordFile} is {@code PGSIDECAR_POSTGRES_PASSWORD_FILE}. */
    String variable() {
        return Environment.PREFIX
                + path.replaceAll("(?<=[a-z0-9])(?=[A-Z])", "_")
                        .replaceAll("[.-]", "_")
                        .toUpperCase(Locale.ROOT);
    }

    /** What would be right; completes the sentence "must be …". */
    String expected() {
        return ranged() ? "%s from %s to %s".formatted(type.what(), setting.min(), setting.max()) : type.what();
    }

    /** @throws IllegalArgumentException if the text is not {@link #expected()} */
    Object read(String text) {
        Object value = type.read().apply(text);
        if (ranged() && (compare(value, setting.min()) < 0 || compare(value, setting.max()) > 0)) {
            throw new IllegalArgumentException("out of range");
        }
        return value;
    }

    private boolean ranged() {
        return !setting.max().isEmpty();
    }

    @SuppressWarnings("unchecked")
    private int compare(Object value, String bound) {
        return ((Comparable<Object>) value).compareTo(type.read().apply(bound));
    }
}
