package io.pgsidecar.agent;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.LoggingEvent;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.slf4j.event.KeyValuePair;

class JsonLinesTest {

    private static final Logger LOGGER = (Logger) LoggerFactory.getLogger("a.Logger");

    @Test
    void anEventIsOneFlatLine() throws Exception {
        LoggingEvent event = event("stored {} of {}", null, 1, 2);
        event.setKeyValuePairs(List.of(
                new KeyValuePair("file", "a\"b\n\u0001é"),
                new KeyValuePair("ms", 12L),
                new KeyValuePair("level", "not mine"),
                new KeyValuePair("nothing", null)));
        String line = encode(event);
        assertThat(line).endsWith("}\n").hasLineCount(1);
        assertThat(line)
                .isEqualTo("{\"time\":\"2026-11-24T12:00:00Z\",\"level\":\"WARN\",\"logger\":\"a.Logger\","
                        + "\"message\":\"stored 1 of 2\",\"file\":\"a\\\"b\\n\\u0001é\",\"ms\":12,\"nothing\":null}\n");
    }

    @Test
    void anErrorHasItsStackTraceInTheSameLine() throws Exception {
        String line = encode(event("failed", new IllegalStateException("why", new RuntimeException("because"))));
        assertThat(line).hasLineCount(1);
        JsonNode json = new ObjectMapper().readTree(line);
        assertThat(json.get("error").asText())
                .startsWith("java.lang.IllegalStateException: why")
                .contains("Caused by: java.lang.RuntimeException: because")
                .contains("JsonLinesTest");
    }

    private static LoggingEvent event(String message, @Nullable Throwable error, @Nullable Object... arguments) {
        LoggingEvent event = new LoggingEvent("x", LOGGER, Level.WARN, message, error, arguments);
        event.setInstant(Instant.parse("2026-11-24T12:00:00Z"));
        return event;
    }

    private static String encode(LoggingEvent event) {
        JsonLines encoder = new JsonLines();
        encoder.start();
        return new String(encoder.encode(event), UTF_8);
    }
}
