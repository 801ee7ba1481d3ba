package io.pgsidecar.agent.metrics;

import io.pgsidecar.probes.metrics.Family;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The part of the page that the collectors have found: by far the most of it, and the same until they have found
 * something new. It is written then, in the background, in each form that somebody has asked for lately; a scrape takes
 * what is there. Only who asks for a form first waits for it.
 */
final class CollectedPart implements AutoCloseable {

    /**
     * The part in one form.
     *
     * @param of what it was made of
     * @param names that are on it
     * @param leftOut see {@link Page}
     */
    record Made(List<List<Family>> of, Set<String> names, List<String> leftOut, PagePart part) {}

    private static final Logger log = LoggerFactory.getLogger(CollectedPart.class);

    private static final Duration PAUSE = Duration.ofSeconds(1);

    /** It takes no more than a tenth of a processor, however large the part is and however slow the machine. */
    private static final int SHARE = 10;

    /** If it was not looked at for so long, a scrape looks itself. */
    private static final Duration LATE = Duration.ofSeconds(10);

    /** Longer than anybody waits between two scrapes. */
    private static final Duration KEEP = Duration.ofMinutes(10);

    private final Supplier<List<List<Family>>> found;
    private final Set<String> taken = ConcurrentHashMap.newKeySet();
    private final Map<Representation, Made> made = new ConcurrentHashMap<>();
    private final Map<Representation, Long> askedNanos = new ConcurrentHashMap<>();
    private final Thread thread = Thread.ofVirtual().name("metrics-page").unstarted(this::run);
    private volatile long lookedNanos = System.nanoTime() - LATE.toNanos();
    private volatile boolean closing;
    private boolean failing;

    /** @param found what each collector has found; the same lists again until there is something new. Answers at once */
    CollectedPart(Supplier<List<List<Family>>> found) {
        this.found = found;
    }

    /** Begins to write in the background. Without that, each scrape does it for itself if something is new. */
    void start() {
        thread.start();
    }

    /**
     * The part in a form, without names that another part of the page has.
     *
     * @param others the names of the other part
     */
    Made get(Representation form, Set<String> others) throws IOException {
        askedNanos.put(form, System.nanoTime());
        taken.addAll(others);
        Made there = made.get(form);
        if (there == null || !Collections.disjoint(there.names(), others) || !isCurrent(there)) {
            make(List.of(form));
            there = made.get(form);
        }
        if (there == null) {
            throw new IOException("what was collected could not be written");
        }
        return there;
    }

    private boolean isCurrent(Made there) {
        return System.nanoTime() - lookedNanos < LATE.toNanos() || same(there.of(), found.get());
    }

    @SuppressWarnings("ReferenceEquality") // Whether the values are equal would take as long as to write them.
    private static boolean same(List<List<Family>> some, List<List<Family>> others) {
        if (some.size() != others.size()) {
            return false;
        }
        for (int i = 0; i < some.size(); i++) {
            if (some.get(i) != others.get(i)) {
                return false;
            }
        }
        return true;
    }

    private synchronized void make(Collection<Representation> forms) throws IOException {
        List<List<Family>> now = found.get();
        List<Representation> stale = forms.stream()
                .filter(form -> {
                    Made there = made.get(form);
                    return there == null || !same(there.of(), now) || !Collections.disjoint(there.names(), taken);
                })
                .toList();
        if (stale.isEmpty()) {
            return;
        }
        for (Representation form : stale) {
            Writing writing = new Writing(form.format(), now, Set.copyOf(taken));
            PagePart part = form.gzip() ? PagePart.compressed(writing, true) : PagePart.plain(writing);
            made.put(form, new Made(now, writing.listed.names(), writing.listed.leftOut(), part));
        }
    }

    private static final class Writing implements PagePart.Content {

        private final Representation.Format format;
        private final List<List<Family>> found;
        private final Set<String> taken;
        private Page.Listed listed = new Page.Listed(Set.of(), List.of());

        Writing(Representation.Format format, List<List<Family>> found, Set<String> taken) {
            this.format = format;
            this.found = found;
            this.taken = taken;
        }

        @Override
        public void to(OutputStream out) throws IOException {
            List<Family> families = new ArrayList<>();
            found.forEach(families::addAll);
            PageText text = new PageText(format, out);
            listed = Page.each(List.of(), families, taken, text::add);
            text.end();
        }
    }

    private void run() {
        while (!closing) {
            long begun = System.nanoTime();
            refresh();
            long took = System.nanoTime() - begun;
            LockSupport.parkNanos(Math.max(PAUSE.toNanos(), SHARE * took));
        }
    }

    private void refresh() {
        try {
            long now = System.nanoTime();
            made.keySet().removeIf(form -> now - askedNanos.getOrDefault(form, now) > KEEP.toNanos());
            if (!made.isEmpty()) {
                make(List.copyOf(made.keySet()));
            }
            failing = false;
        } catch (IOException | RuntimeException | Error e) {
            made.clear(); // A scrape tries itself, and fails as this did: what is old is not shown as if it were new.
            if (!failing) {
                log.atError().setCause(e).log("What was collected could not be written");
            }
            failing = true;
        }
        lookedNanos = System.nanoTime();
    }

    @Override
    public void close() {
        closing = true;
        LockSupport.unpark(thread);
    }
}
