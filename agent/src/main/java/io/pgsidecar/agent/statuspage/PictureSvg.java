package io.pgsidecar.agent.statuspage;

import io.pgsidecar.agent.wal.Words;
import java.util.ArrayList;
import java.util.List;

/**
 * Draws the recovery window. It has no coordinate system of its own: across it is measured in hundredths of the width that there
 * is, down in pixels, so that letters and marks keep their size and shape on whatever screen.
 */
final class PictureSvg {

    private static final int TOP = 18;
    private static final int LANE = 46;
    private static final int BAR = 26;
    private static final int BAR_HEIGHT = 12;
    private static final int AXIS = 26;

    private final Html html;

    PictureSvg(Html html) {
        this.html = html;
    }

    void write(RecoveryPicture picture, String id, String repository, String sentence) {
        int bottom = TOP + picture.lanes().size() * LANE;
        html.begin("figure", "class", "picture-box");
        html.begin(
                "svg",
                "class",
                "picture",
                "role",
                "img",
                "aria-labelledby",
                id + "-title " + id + "-desc",
                "width",
                "100%",
                "height",
                Integer.toString(bottom + AXIS));
        html.element("title", "Recovery window of repository " + repository, "id", id + "-title");
        html.element("desc", sentence + " " + told(picture), "id", id + "-desc");
        hatch(id);
        picture.window().ifPresent(window -> rect("window", window, TOP - 4, bottom - TOP + 4));
        ticks(picture, bottom);
        for (int i = 0; i < picture.lanes().size(); i++) {
            lane(picture.lanes().get(i), TOP + i * LANE, id);
        }
        now(picture, bottom);
        html.end();
        legend(picture);
        html.end();
    }

    private void hatch(String id) {
        html.begin("defs")
                .begin(
                        "pattern",
                        "id",
                        id + "-hatch",
                        "width",
                        "6",
                        "height",
                        "6",
                        "patternUnits",
                        "userSpaceOnUse",
                        "patternTransform",
                        "rotate(45)");
        html.begin("rect", "class", "gap-ground", "width", "6", "height", "6").end();
        html.begin("rect", "class", "gap-line", "width", "3", "height", "6").end();
        html.end().end();
    }

    private void lane(RecoveryPicture.Lane lane, int y, String id) {
        html.element(
                "text",
                lane.timeline() == 0 ? "timeline not known" : "timeline " + lane.timeline(),
                "class",
                "lane-name",
                "x",
                "0",
                "y",
                Integer.toString(y + 14));
        html.begin(
                        "rect",
                        "class",
                        "lane",
                        "x",
                        "0",
                        "y",
                        px(y + BAR + BAR_HEIGHT / 2 - 1),
                        "width",
                        "100%",
                        "height",
                        "1")
                .end();
        lane.wal().forEach(bar -> rect("wal", bar, y + BAR, BAR_HEIGHT));
        lane.missing().forEach(missing -> {
            html.begin(
                    "rect",
                    "class",
                    "gap",
                    "fill",
                    "url(#" + id + "-hatch)",
                    "x",
                    MinutesSvg.percent(missing.bar().from()),
                    "y",
                    px(y + BAR - 3),
                    "width",
                    MinutesSvg.percent(missing.bar().width()),
                    "height",
                    px(BAR_HEIGHT + 6));
            html.element("title", Told.count(missing.segments(), "segment") + " missing")
                    .end();
        });
        lane.marks().forEach(mark -> mark(mark, y + BAR + BAR_HEIGHT / 2));
    }

    private void mark(RecoveryPicture.Mark mark, int y) {
        html.begin("svg", "x", MinutesSvg.percent(mark.at()), "y", px(y), "overflow", "visible");
        symbol(mark.kind());
        html.element(
                "title",
                "%s%s, %s"
                        .formatted(
                                mark.count() == 1 ? "" : mark.count() + " × ",
                                word(mark.kind()),
                                Words.time(mark.newest())));
        html.end();
    }

    private void symbol(RecoveryPicture.Kind kind) {
        switch (kind) {
            case GOOD -> html.begin("circle", "class", "good", "r", "6").end();
            case RUNNING -> html.begin("circle", "class", "running", "r", "5").end();
            case USELESS ->
                html.begin("path", "class", "useless", "d", "M-5-5L5 5M5-5L-5 5")
                        .end();
        }
    }

    private void ticks(RecoveryPicture picture, int bottom) {
        html.begin("rect", "class", "lane", "x", "0", "y", px(bottom), "width", "100%", "height", "1")
                .end();
        picture.ticks().forEach(tick -> {
            String at = MinutesSvg.percent(tick.at());
            html.begin("line", "class", "tick", "x1", at, "x2", at, "y1", px(TOP), "y2", px(bottom + 4))
                    .end();
            label(tick.text(), tick.at(), bottom + 18, "tick-text");
        });
    }

    private void now(RecoveryPicture picture, int bottom) {
        String at = MinutesSvg.percent(picture.now());
        html.begin("line", "class", "now", "x1", at, "x2", at, "y1", px(TOP - 4), "y2", px(bottom))
                .end();
        label("now", picture.now(), TOP - 7, "now-text");
    }

    private void label(String text, double at, int y, String style) {
        String anchor = at < 14 ? "start" : at > 86 ? "end" : "middle";
        html.element("text", text, "class", style, "x", MinutesSvg.percent(at), "y", px(y), "text-anchor", anchor);
    }

    private void rect(String style, RecoveryPicture.Bar bar, int y, int height) {
        html.begin(
                        "rect",
                        "class",
                        style,
                        "x",
                        MinutesSvg.percent(bar.from()),
                        "y",
                        px(y),
                        "width",
                        MinutesSvg.percent(bar.width()),
                        "height",
                        px(height))
                .end();
    }

    private void legend(RecoveryPicture picture) {
        html.begin("figcaption", "class", "legend");
        key("wal", "WAL");
        if (picture.window().isPresent()) {
            key("window", "recoverable");
        }
        for (RecoveryPicture.Kind kind : RecoveryPicture.Kind.values()) {
            long count = count(picture, kind);
            if (count > 0) {
                html.begin("span", "class", "key");
                html.begin("svg", "class", "key-mark", "width", "16", "height", "16", "aria-hidden", "true");
                html.begin("svg", "x", "8", "y", "8", "overflow", "visible");
                symbol(kind);
                html.end().end().text(word(kind)).end();
            }
        }
        if (missing(picture) > 0) {
            key("gap", "missing WAL");
        }
        if (picture.olderTimelines() > 0) {
            html.element(
                    "span",
                    "%s not drawn".formatted(Told.count(picture.olderTimelines(), "older timeline")),
                    "class",
                    "key");
        }
        if (picture.clockAhead()) {
            html.element("span", "! the store's clock, or a backup's, is ahead of this one", "class", "key");
        }
        html.end();
    }

    private void key(String style, String word) {
        html.begin("span", "class", "key")
                .element("span", "", "class", "swatch " + style)
                .text(word)
                .end();
    }

    private static String told(RecoveryPicture picture) {
        List<String> parts = new ArrayList<>();
        parts.add("%s drawn, from %s to %s"
                .formatted(
                        Told.count(picture.lanes().size(), "timeline"),
                        Words.time(picture.from()),
                        Words.time(picture.to())));
        for (RecoveryPicture.Kind kind : RecoveryPicture.Kind.values()) {
            long count = count(picture, kind);
            if (count > 0) {
                parts.add("%s: %d".formatted(word(kind), count));
            }
        }
        parts.add("missing WAL: " + Told.count(missing(picture), "segment"));
        return String.join("; ", parts) + ".";
    }

    private static long count(RecoveryPicture picture, RecoveryPicture.Kind kind) {
        return picture.lanes().stream()
                .flatMap(lane -> lane.marks().stream())
                .filter(mark -> mark.kind() == kind)
                .mapToLong(RecoveryPicture.Mark::count)
                .sum();
    }

    private static long missing(RecoveryPicture picture) {
        return picture.lanes().stream()
                .flatMap(lane -> lane.missing().stream())
                .mapToLong(RecoveryPicture.Missing::segments)
                .sum();
    }

    private static String word(RecoveryPicture.Kind kind) {
        return switch (kind) {
            case GOOD -> "good backup";
            case RUNNING -> "running backup";
            case USELESS -> "backup of no use";
        };
    }

    private static String px(int value) {
        return Integer.toString(value);
    }
}
