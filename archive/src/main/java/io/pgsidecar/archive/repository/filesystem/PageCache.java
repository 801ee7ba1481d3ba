package io.pgsidecar.archive.repository.filesystem;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells Linux that a stored file will not be read again soon: archived WAL must not push PostgreSQL's own pages out of
 * memory. A favour, so nothing fails when it cannot be done; on other systems it does nothing.
 */
final class PageCache {

    private static final Logger log = LoggerFactory.getLogger(PageCache.class);

    private static final int O_RDONLY = 0;
    private static final int POSIX_FADV_DONTNEED = 4;
    private static final Optional<PageCache> LINUX = linux();

    private final MethodHandle open;
    private final MethodHandle fadvise;
    private final MethodHandle close;

    private PageCache(MethodHandle open, MethodHandle fadvise, MethodHandle close) {
        this.open = open;
        this.fadvise = fadvise;
        this.close = close;
    }

    /** Drops a file's pages. Only those already on the disk can be dropped: to be called after a sync. */
    static void drop(Path file) {
        LINUX.ifPresent(cache -> cache.dropPages(file));
    }

    private void dropPages(Path file) {
        // A descriptor of its own: Java does not show its own ones, and the pages belong to the file.
        try (Arena arena = Arena.ofConfined()) {
            int fd = (int) open.invokeExact(arena.allocateFrom(file.toString()), O_RDONLY);
            if (fd >= 0) {
                try {
                    int ignored = (int) fadvise.invokeExact(fd, 0L, 0L, POSIX_FADV_DONTNEED);
                } finally {
                    int ignored = (int) close.invokeExact(fd);
                }
            }
        } catch (Throwable e) {
            log.atDebug().addKeyValue("file", file).log("Could not drop it from the page cache: {}", e.toString());
        }
    }

    @SuppressWarnings("restricted") // The launcher and the tests allow native access.
    private static Optional<PageCache> linux() {
        if (!System.getProperty("os.name").equals("Linux")) {
            return Optional.empty();
        }
        try {
            Linker linker = Linker.nativeLinker();
            SymbolLookup libc = linker.defaultLookup();
            return Optional.of(new PageCache(
                    linker.downcallHandle(
                            libc.findOrThrow("open"),
                            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT),
                            Linker.Option.firstVariadicArg(2)),
                    linker.downcallHandle(
                            libc.findOrThrow("posix_fadvise"),
                            FunctionDescriptor.of(
                                    ValueLayout.JAVA_INT,
                                    ValueLayout.JAVA_INT,
                                    ValueLayout.JAVA_LONG,
                                    ValueLayout.JAVA_LONG,
                                    ValueLayout.JAVA_INT)),
                    linker.downcallHandle(
                            libc.findOrThrow("close"),
                            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT))));
        } catch (RuntimeException | LinkageError e) {
            log.debug("No posix_fadvise here: {}", e.toString());
            return Optional.empty();
        }
    }
}
