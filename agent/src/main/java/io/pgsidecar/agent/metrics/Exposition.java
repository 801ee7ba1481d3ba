package io.pgsidecar.agent.metrics;

import io.pgsidecar.probes.metrics.Family;
import io.pgsidecar.probes.metrics.Sample;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the page, from memory. One page at a time is written; whoever asks meanwhile, or right after, gets the same. So
 * many who ask at once take the memory of one. Safe for several threads; it takes milliseconds, which is too long for an
 * event loop.
 */
public final class Exposition {

    /** The page as bytes. */
    record Written(Representation.Format format, boolean gzip, List<byte[]> pieces, long nanos) {

        long length() {
            return pieces.stream().mapToLong(piece -> piece.length).sum();
        }
    }

    /** Shorter than any scrape interval. */
    private static final long FRESH_NANOS = 500_000_000;

    /** Of a page of three megabytes level 1 makes a tenth, in a third of the time of the default. */
    private static final int GZIP_LEVEL = Deflater.BEST_SPEED;

    private static final int LINES_KEPT = 1000;
    private static final Logger log = LoggerFactory.getLogger(Exposition.class);

    private final Supplier<List<Family>> instance;
    private final Supplier<List<Family>> agent;
    private final Supplier<List<MetricSnapshot>> snapshots;
    private final Map<Representation, Written> latest = new HashMap<>();
    private final Set<String> told = new HashSet<>();
    private int leftOut;

    /**
     * Of three sources, which answer at once.
     *
     * @param instance the instance's, which the collectors have found
     * @param agent the agent's own
     * @param snapshots what is in the client library's form
     */
    public Exposition(
            Supplier<List<Family>> instance, Supplier<List<Family>> agent, Supplier<List<MetricSnapshot>> snapshots) {
        this.instance = instance;
        this.agent = agent;
        this.snapshots = snapshots;
    }

    /** The page in a form. */
    synchronized Written write(Representation wanted) throws IOException {
        long now = System.nanoTime();
        latest.values().removeIf(written -> now - written.nanos() > FRESH_NANOS);
        Written known = latest.get(wanted);
        if (known != null) {
            return known;
        }
        Chunks chunks = new Chunks();
        try (OutputStream out = wanted.gzip() ? new FastGzip(chunks) : chunks;
                OutputStream buffered = new BufferedOutputStream(out, 1 << 16)) {
            wanted.format().writer().write(buffered, page().snapshots());
        }
        Written written = new Written(wanted.format(), wanted.gzip(), chunks.pieces(), System.nanoTime());
        latest.put(wanted, written);
        return written;
    }

    private Page page() {
        // The agent's own names come first: nobody's query can take their place.
        List<Family> families = new ArrayList<>();
        families.add(leftOut(leftOut));
        families.addAll(agent.get());
        families.addAll(instance.get());
        Page page = Page.of(snapshots.get(), families);
        leftOut = page.leftOut().size();
        page.leftOut().forEach(this::tell);
        return page;
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

    /** The level is a protected field of the superclass. */
    private static final class FastGzip extends GZIPOutputStream {

        FastGzip(OutputStream out) throws IOException {
            super(out, 8192);
            def.setLevel(GZIP_LEVEL);
        }
    }
}
