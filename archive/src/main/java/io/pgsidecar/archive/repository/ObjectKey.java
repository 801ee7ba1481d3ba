package io.pgsidecar.archive.repository;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * The name of an object in a store: parts joined by {@code /}, as in {@code main/wals/0000000100000000/…}.
 *
 * <p>A key can only name something below the store's root: empty parts, {@code .}, {@code ..}, control characters,
 * backslashes and text that has no UTF-8 are refused where the key is made, so no back end has to think of path
 * traversal again. A part has at most 255 bytes (the limit of file systems) and a key at most 1,024 (that of S3).
 *
 * <p>Keys sort by their UTF-8 bytes, as S3 and Azure list them.
 */
public record ObjectKey(String value) implements Comparable<ObjectKey> {

    /** Every object of a store lies under it; it names no object itself. */
    public static final ObjectKey ROOT = new ObjectKey("");

    private static final int MAX_BYTES = 1024;
    private static final int MAX_PART_BYTES = 255;

    /**
     * A key, checked.
     *
     * @throws IllegalArgumentException if the value is no safe key; the message names the key and what is wrong
     */
    public ObjectKey {
        if (!value.isEmpty()) {
            for (String part : value.split("/", -1)) {
                checkPart(part, value);
            }
            if (value.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
                throw new IllegalArgumentException("object key is longer than " + MAX_BYTES + " bytes: " + value);
            }
        }
    }

    /** The key of the given parts, each of which may itself have several. */
    public static ObjectKey of(String first, String... more) {
        return more.length == 0 ? new ObjectKey(first) : new ObjectKey(first + "/" + String.join("/", more));
    }

    /** The key below this one. */
    public ObjectKey child(String name) {
        return isRoot() ? new ObjectKey(name) : new ObjectKey(value + "/" + name);
    }

    /** The key whose last part goes on with the ending, as in {@code wals/….zst}; itself for an empty one. */
    public ObjectKey withEnding(String ending) {
        if (isRoot()) {
            throw new IllegalArgumentException("the root is no object, with the ending \"" + ending + "\" neither");
        }
        return new ObjectKey(value + ending);
    }

    public boolean isRoot() {
        return value.isEmpty();
    }

    /** The parts from the outermost to the name; none for {@link #ROOT}. */
    public List<String> parts() {
        return isRoot() ? List.of() : List.of(value.split("/", -1));
    }

    /** The last part. */
    public String name() {
        return value.substring(value.lastIndexOf('/') + 1);
    }

    @Override
    public int compareTo(ObjectKey other) {
        // The order of UTF-8 bytes is the order of code points, which String's own (UTF-16) is not.
        return Arrays.compareUnsigned(
                value.getBytes(StandardCharsets.UTF_8), other.value.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public String toString() {
        return value;
    }

    private static void checkPart(String part, String key) {
        if (part.isEmpty()) {
            throw new IllegalArgumentException("object key has an empty part: \"" + key + "\"");
        }
        if (part.equals(".") || part.equals("..")) {
            throw new IllegalArgumentException("object key has the part \"" + part + "\": \"" + key + "\"");
        }
        if (part.chars().anyMatch(c -> c < 0x20 || c == 0x7f || c == '\\')) {
            throw new IllegalArgumentException("object key has a control character or a backslash: \"" + key + "\"");
        }
        // Half a surrogate pair has no UTF-8: all such would become the same name.
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(part)) {
            throw new IllegalArgumentException("object key has half a surrogate pair: \"" + key + "\"");
        }
        if (part.getBytes(StandardCharsets.UTF_8).length > MAX_PART_BYTES) {
            throw new IllegalArgumentException(
                    "object key has a part longer than " + MAX_PART_BYTES + " bytes: \"" + key + "\"");
        }
    }
}
