package io.pgsidecar.archive.backup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Where the files of a backup go.
 *
 * @param directory absolute
 * @param tablespaces the folder of each, by OID
 */
record RestorePaths(Path directory, SortedMap<Long, Path> tablespaces) {

    private static final String TABLESPACES = "pg_tblspc/";

    RestorePaths {
        tablespaces = Collections.unmodifiableSortedMap(new TreeMap<>(tablespaces));
    }

    /** As asked for; refuses a mapping that fits no tablespace, and folders of which one lies in another. */
    static RestorePaths of(RestoreRequest request) throws BackupException {
        Path directory = real(request.directory());
        SortedMap<Long, Path> tablespaces = new TreeMap<>();
        Set<String> unused = new HashSet<>(request.tablespaces().keySet());
        for (Tablespace tablespace : request.backup().tablespaces()) {
            String oid = Long.toString(tablespace.oid());
            Path location = Path.of(tablespace.location());
            for (Map.Entry<String, Path> mapping : request.tablespaces().entrySet()) {
                if (mapping.getKey().equals(oid) || mapping.getKey().equals(tablespace.location())) {
                    location = mapping.getValue();
                    unused.remove(mapping.getKey());
                }
            }
            if (!location.isAbsolute()) {
                throw bad("the location of tablespace %s must be an absolute path, not \"%s\""
                        .formatted(tablespace.name(), location));
            }
            tablespaces.put(tablespace.oid(), real(location));
        }
        if (!unused.isEmpty()) {
            throw bad("the backup has no tablespace with the OID or location %s; it has %s"
                    .formatted(unused, request.backup().tablespaces()));
        }
        RestorePaths paths = new RestorePaths(directory, tablespaces);
        paths.requireApart();
        return paths;
    }

    /** The data directory and the tablespaces'. */
    List<Path> roots() {
        List<Path> roots = new ArrayList<>(tablespaces.values());
        roots.addFirst(directory);
        return roots;
    }

    /** Where a file of the manifest goes. */
    Path of(String path) throws BackupException {
        requireSafe(path);
        if (path.startsWith(TABLESPACES)) {
            int end = path.indexOf('/', TABLESPACES.length());
            String oid = path.substring(TABLESPACES.length(), end < 0 ? path.length() : end);
            Path location = oid.matches("\\d{1,10}") ? tablespaces.get(Long.parseLong(oid)) : null;
            if (location != null) {
                return end < 0 ? location : location.resolve(path.substring(end + 1));
            }
        }
        return directory.resolve(path);
    }

    /**
     * The path, as manifests have it, of an entry in a tar; empty for the root.
     *
     * @throws BackupException for one that leads out of the folder
     */
    static String pathOf(TarName tar, String entry) throws BackupException {
        String name = entry;
        while (name.endsWith("/")) {
            name = name.substring(0, name.length() - 1);
        }
        while (name.startsWith("./")) {
            name = name.substring(2);
        }
        if ((name.isEmpty() && !entry.startsWith("/")) || name.equals(".")) {
            return "";
        }
        requireSafe(name);
        return tar.pathPrefix() + name;
    }

    private static void requireSafe(String path) throws BackupException {
        for (String part : path.split("/", -1)) {
            if (part.isEmpty() || part.equals(".") || part.equals("..") || part.indexOf('\0') >= 0) {
                throw new BackupException(
                        BackupException.Reason.CORRUPT,
                        "the backup has a file of the name \"%s\", which leads out of the data directory"
                                .formatted(path),
                        "Nothing that PostgreSQL makes has such a name: find out who wrote the backup.");
            }
        }
    }

    /**
     * With all links resolved, of folders that are still to be made too: the path is the same when they are there. What
     * is walked through later must be no link.
     */
    private static Path real(Path folder) throws BackupException {
        Path existing = folder.toAbsolutePath().normalize();
        Path missing = Path.of("");
        while (!Files.exists(existing)) {
            Path name = existing.getFileName();
            Path parent = existing.getParent();
            if (name == null || parent == null) {
                break;
            }
            missing = name.resolve(missing);
            existing = parent;
        }
        try {
            return existing.toRealPath().resolve(missing).normalize();
        } catch (IOException e) {
            throw new BackupException(
                    BackupException.Reason.FAILED, "cannot read %s: %s".formatted(folder, e.getMessage()), null, e);
        }
    }

    private void requireApart() throws BackupException {
        List<Path> roots = roots();
        for (int i = 0; i < roots.size(); i++) {
            for (int j = 0; j < roots.size(); j++) {
                if (i != j && roots.get(i).startsWith(roots.get(j))) {
                    throw bad("%s lies in %s; the data directory and each tablespace need a folder of their own"
                            .formatted(roots.get(i), roots.get(j)));
                }
            }
        }
    }

    private static BackupException bad(String message) {
        return new BackupException(
                BackupException.Reason.BAD_REQUEST, message, "Give other folders: --to, --tablespace OLD=NEW.");
    }
}
