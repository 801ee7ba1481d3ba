package io.pgsidecar.agent.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BrowsersTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // Firefox, Chromium, Safari.
                "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8                              | true",
                "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8        | true",
                "text/html, application/xhtml+xml, */*;q=0.8                                                  | true",
                "text/html                                                                                    | true",
                "Text/HTML;charset=utf-8                                                                      | true",
                // Java's HttpURLConnection, which wants Patroni's JSON.
                "text/html, image/gif, image/jpeg, */*; q=0.2                                                 | false",
                "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2                                         | false",
                // curl, kubelet, Python's requests.
                "*/*                                                                                          | false",
                "application/json                                                                             | false",
                "application/json, text/html;q=0                                                              | false",
                "text/*                                                                                       | false",
                ",;                                                                                           | false",
            })
    void aBrowserIsTold(String accept, boolean browser) {
        assertThat(Browsers.ask(accept)).isEqualTo(browser);
    }

    @Test
    void whoSaysNothingIsALoadBalancer() {
        assertThat(Browsers.ask(null)).isFalse();
        assertThat(Browsers.askForJson(null)).isFalse();
        assertThat(Browsers.askForJson("application/json")).isTrue();
        assertThat(Browsers.askForJson("application/json, text/html")).isFalse();
    }
}
