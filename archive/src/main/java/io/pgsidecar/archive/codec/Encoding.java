package io.pgsidecar.archive.codec;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * What was done to a file before it was stored, told by the ending of the object's name: compressed, and then perhaps
 * encrypted with age. {@code x.zst.age} is read by hand with {@code age -d -i KEY x.zst.age | zstd -d}.
 */
public record Encoding(Compression compression, boolean encrypted) {

    private static final String ENCRYPTED = ".age";

    public Encoding {
        Objects.requireNonNull(compression);
    }

    /** The encoding that an object of this name has. */
    public static Encoding ofName(String name) {
        boolean encrypted = name.endsWith(ENCRYPTED);
        String rest = encrypted ? name.substring(0, name.length() - ENCRYPTED.length()) : name;
        return new Encoding(Compression.ofName(rest), encrypted);
    }

    /** All that can be read, this one first. */
    public List<Encoding> first() {
        List<Encoding> all = new ArrayList<>();
        all.add(this);
        for (boolean encryption : new boolean[] {encrypted, !encrypted}) {
            for (Compression each : Compression.values()) {
                Encoding other = new Encoding(each, encryption);
                if (!other.equals(this)) {
                    all.add(other);
                }
            }
        }
        return all;
    }

    /** What an object's name has behind the file's; empty if the file is stored as it is. */
    public String ending() {
        return compression.extension() + (encrypted ? ENCRYPTED : "");
    }

    /** The name of the file that an object of this encoding holds. */
    public String fileName(String objectName) {
        return objectName.substring(0, objectName.length() - ending().length());
    }
}
