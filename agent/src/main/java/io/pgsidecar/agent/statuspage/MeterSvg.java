package io.pgsidecar.agent.statuspage;

/** Draws a share. Its number stands beside it, so that it says nothing to who cannot see it. */
final class MeterSvg {

    private final Html html;

    MeterSvg(Html html) {
        this.html = html;
    }

    /**
     * Draws one.
     *
     * @param ratio from 0 to 1
     * @param level how bad that is
     */
    void write(double ratio, Level level) {
        html.begin("svg", "class", "meter", "aria-hidden", "true", "width", "100%", "height", "6");
        html.begin("rect", "class", "whole", "width", "100%", "height", "6", "rx", "3")
                .end();
        html.begin(
                        "rect",
                        "class",
                        "part " + level.word(),
                        "width",
                        MinutesSvg.percent(100 * Math.clamp(ratio, 0, 1)),
                        "height",
                        "6",
                        "rx",
                        "3")
                .end()
                .end();
    }
}
