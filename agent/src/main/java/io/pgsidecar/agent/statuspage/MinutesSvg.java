package io.pgsidecar.agent.statuspage;

import java.util.List;
import java.util.Locale;

/** Draws how many files were archived in each minute. */
final class MinutesSvg {

    private static final int HEIGHT = 36;

    private final Html html;

    MinutesSvg(Html html) {
        this.html = html;
    }

    void write(List<Long> perMinute) {
        long most = perMinute.stream().mapToLong(Long::longValue).max().orElse(0);
        if (most == 0) {
            return;
        }
        long sum = perMinute.stream().mapToLong(Long::longValue).sum();
        String text = "%s in the last hour, at most %d in a minute".formatted(Told.count(sum, "file"), most);
        html.begin("figure")
                .begin(
                        "svg",
                        "class",
                        "minutes",
                        "role",
                        "img",
                        "aria-label",
                        text,
                        "width",
                        "100%",
                        "height",
                        Integer.toString(HEIGHT));
        double width = 100.0 / perMinute.size();
        for (int i = 0; i < perMinute.size(); i++) {
            long files = perMinute.get(i);
            double height = files == 0 ? 1 : Math.max(3, HEIGHT * (double) files / most);
            html.begin(
                            "rect",
                            "class",
                            files == 0 ? "none" : "some",
                            "x",
                            percent(i * width),
                            "y",
                            number(HEIGHT - height),
                            "width",
                            percent(width * 0.7),
                            "height",
                            number(height))
                    .end();
        }
        html.end().element("figcaption", text, "class", "muted").end();
    }

    static String percent(double value) {
        return number(value) + "%";
    }

    static String number(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }
}
