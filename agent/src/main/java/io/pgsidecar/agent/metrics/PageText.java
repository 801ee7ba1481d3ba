package io.pgsidecar.agent.metrics;

import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Writes a page's text some lines at a time, so that never all of it is there in the library's form. */
final class PageText {

    /** The last line of OpenMetrics, of which a page has one, and the library writes one each time. */
    private static final byte[] END = "# EOF\n".getBytes(StandardCharsets.US_ASCII);

    /** Series; the library has buffers of its own for each time that it writes. */
    private static final int AT_ONCE = 1000;

    private final Representation.Format format;
    private final OutputStream out;
    private final List<MetricSnapshot> pending = new ArrayList<>();
    private final Buffer buffer = new Buffer();
    private int series;

    PageText(Representation.Format format, OutputStream out) {
        this.format = format;
        this.out = out;
    }

    /** @throws UncheckedIOException if it cannot be written */
    void add(MetricSnapshot snapshot) {
        pending.add(snapshot);
        series += snapshot.getDataPoints().size();
        if (series >= AT_ONCE) {
            write();
        }
    }

    /** Writes what has not been written yet; not the last line. */
    void write() {
        try {
            buffer.reset();
            format.writer().write(buffer, new MetricSnapshots(pending));
            buffer.writeAllBut(format == Representation.Format.OPEN_METRICS ? END.length : 0, out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        pending.clear();
        series = 0;
    }

    /** Writes the rest, and the last line where there is one. */
    void end() throws IOException {
        write();
        if (format == Representation.Format.OPEN_METRICS) {
            out.write(END);
        }
    }

    private static final class Buffer extends ByteArrayOutputStream {

        void writeAllBut(int last, OutputStream to) throws IOException {
            to.write(buf, 0, count - last);
        }
    }
}
