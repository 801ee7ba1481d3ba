package io.pgsidecar.agent.statuspage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HtmlTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "<script>alert(1)</script> | &lt;script&gt;alert(1)&lt;/script&gt;",
                "a & b                     | a &amp; b",
                "\" onload=\"x             | &quot; onload=&quot;x",
                "it's                      | it&#39;s",
                "ärgerlich ✓               | ärgerlich ✓",
                "&lt;                      | &amp;lt;",
            })
    void whatMeansSomethingToABrowserIsEscaped(String text, String escaped) {
        assertThat(Html.escape(text)).isEqualTo(escaped);
    }

    @Test
    void whatCannotBeSeenIsShownAsSuch() {
        assertThat(Html.escape("a\u0000b\u001b[31m\u0085")).isEqualTo("a\uFFFDb\uFFFD[31m\uFFFD");
        // Would let "exe.txt" be read backwards.
        assertThat(Html.escape("a\u202Etxt\u2066")).isEqualTo("a\uFFFDtxt\uFFFD");
        assertThat(Html.escape("line\n\tline")).isEqualTo("line\n\tline");
    }

    @Test
    void textAndValuesAreEscapedWhereverTheyGo() {
        Html html = new Html();
        html.begin("p", "title", "\"><img src=x>").text("<b>").end();
        html.element("td", "</td><script>", "class", "'x'");
        assertThat(html.toString())
                .isEqualTo("<p title=\"&quot;&gt;&lt;img src=x&gt;\">&lt;b&gt;</p>"
                        + "<td class=\"&#39;x&#39;\">&lt;/td&gt;&lt;script&gt;</td>");
    }

    @Test
    void anElementThatIsNotEndedIsADefect() {
        assertThatThrownBy(() -> new Html().begin("p").toString()).hasMessage("not ended: [p]");
    }
}
