package io.pgsidecar.agent.metrics;

import io.pgsidecar.probes.metrics.Family;
import io.pgsidecar.probes.metrics.Sample;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the page, from memory: what changes from moment to moment, and behind it what the collectors have found, which
 * is there already. One page at a time is written; whoever asks meanwhile, or right after, gets the same. So many who ask
 * at once take the memory of one. Safe for several threads; it takes milliseconds, which is too long for an event loop.
 */
public final class Exposition implements AutoCloseable {

    /** The page as bytes. */
    record Written(Representation.Format format, boolean gzip, List<byte[]> pieces, long nanos) {

        long length() {
            return pieces.stream().mapToLong(piece -> piece.length).sum();
        }
    }

    /** Shorter than any scrape interval. */
    private static final long FRESH_NANOS = 500_000_000;

    private static final int LINES_KEPT = 1000;
    private static final Logger log = LoggerFactory.getLogger(Exposition.class);

    private final CollectedPart collected;
    private final Supplier<List<Family>> own;
    private final Supplier<List<MetricSnapshot>> snapshots;
    private final Map<Representation, Written> latest = new HashMap<>();
    private final Set<String> told = new HashSet<>();
    private int leftOut;

    /**
     * Of three sources, which answer at once.
     *
     * @param collected what each collector has found; the same lists again until there is something new
     * @param own the agent's own, and whatever else is another one each moment. Nobody's query can take the place of one
     * @param snapshots the same in the client library's form
     */
    public Exposition(
            Supplier<List<List<Family>>> collected,
            Supplier<List<Family>> own,
            Supplier<List<MetricSnapshot>> snapshots) {
        this.collected = new CollectedPart(collected);
        this.own = own;
        this.snapshots = snapshots;
    }

    /** Begins to write in the background what scrapes will want. */
    public void start() {
        collected.start();
    }

    /** The page in a form. */
    synchronized Written write(Representation wanted) throws IOException {
        long now = System.nanoTime();
        latest.values().removeIf(written -> now - written.nanos() > FRESH_NANOS);
        Written known = latest.get(wanted);
        if (known != null) {
            return known;
        }
        List<Family> families = new ArrayList<>();
        families.add(leftOut(leftOut));
        families.addAll(own.get());
        Page page = Page.of(snapshots.get(), families, Set.of());
        CollectedPart.Made rest = collected.get(wanted, page.names());
        leftOut = page.leftOut().size() + rest.leftOut().size();
        page.leftOut().forEach(this::tell);
        rest.leftOut().forEach(this::tell);
        Written written = new Written(
                wanted.format(),
                wanted.gzip(),
                PagePart.together(first(wanted, page), rest.part(), wanted.gzip()),
                System.nanoTime());
        latest.put(wanted, written);
        return written;
    }

    private static PagePart first(Representation wanted, Page page) throws IOException {
        PagePart.Content content = out -> {
            PageText text = new PageText(wanted.format(), out);
            page.snapshots().stream().forEach(text::add);
            text.write();
        };
        return wanted.gzip() ? PagePart.compressed(content, false) : PagePart.plain(content);
    }

    static Family leftOut(int count) {
        return new Family(
                "pgsidecar_metrics_left_out_series",
                Family.Type.GAUGE,
                "Series that the page before this one did not have, since another one of the same name and labels was there"
                        + " or no reader would understand them. The log names each once.",
                List.of(new Sample(Map.of(), count)));
    }

    private void tell(String line) {
        if (told.size() < LINES_KEPT && told.add(line)) {
            log.warn("Not on the metrics page: {}", line);
        }
    }

    @Override
    public void close() {
        collected.close();
    }
}
