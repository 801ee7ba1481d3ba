package io.pgsidecar.archive.wal;

import io.pgsidecar.archive.codec.Encoding;
import io.pgsidecar.archive.repository.ObjectInfo;
import io.pgsidecar.archive.repository.ObjectKey;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A WAL file as it lies in a repository.
 *
 * @param stem the key without what tells the encoding: the same in each repository that has the file
 * @param stored by the store's clock
 */
record WalObject(WalFileName name, ObjectKey stem, Instant stored) {

    /** Of a second partial segment of one name the object's name has a checksum too: see {@link WalRepository#add}. */
    private static final Pattern BESIDE = Pattern.compile("([0-9A-F]{24}\\.partial)\\.[0-9a-f]{16}");

    /** Empty if it is no WAL file. */
    static Optional<WalObject> of(ObjectInfo info) {
        return nameOf(info.key()).map(name -> {
            String key = info.key().value();
            int ending = Encoding.ofName(info.key().name()).ending().length();
            return new WalObject(name, new ObjectKey(key.substring(0, key.length() - ending)), info.lastModified());
        });
    }

    /** Which WAL file an object holds, by its name; empty if none. */
    static Optional<WalFileName> nameOf(ObjectKey key) {
        String file = Encoding.ofName(key.name()).fileName(key.name());
        Matcher beside = BESIDE.matcher(file);
        try {
            return Optional.of(WalFileName.parse(beside.matches() ? beside.group(1) : file));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /**
     * What the keys of objects with a name in common begin with, up to the first dot. In a sorted listing these stand
     * together, and their beginnings are sorted too, since no character of a WAL file's key sorts before the dot.
     */
    String group() {
        String key = stem.value();
        int dot = key.indexOf('.', key.lastIndexOf('/'));
        return dot < 0 ? key : key.substring(0, dot);
    }
}
