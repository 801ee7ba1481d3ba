package io.pgsidecar.agent;

import ch.qos.logback.classic.pattern.ThrowableProxyConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.encoder.EncoderBase;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.event.KeyValuePair;

/**
 * A log event as a line of JSON, flat, for programs that index logs: {@code time}, {@code level}, {@code logger},
 * {@code message}, then the event's own keys, and {@code error} with the stack trace where there is one. Logback's own
 * encoder leaves the message without its arguments and wraps each key in an object.
 */
final class JsonLines extends EncoderBase<ILoggingEvent> {

    private static final JsonFactory JSON = new JsonFactory();
    private static final byte[] NONE = new byte[0];

    private final ThrowableProxyConverter stackTrace = new ThrowableProxyConverter();

    @Override
    public void start() {
        stackTrace.start();
        super.start();
    }

    @Override
    public byte[] headerBytes() {
        return NONE;
    }

    @Override
    public byte[] footerBytes() {
        return NONE;
    }

    @Override
    public byte[] encode(ILoggingEvent event) {
        ByteArrayOutputStream line = new ByteArrayOutputStream(256);
        try (JsonGenerator json = JSON.createGenerator(line)) {
            json.writeStartObject();
            Set<String> written = new HashSet<>();
            write(json, written, "time", event.getInstant().toString());
            write(json, written, "level", event.getLevel().toString());
            write(json, written, "logger", event.getLoggerName());
            write(json, written, "message", event.getFormattedMessage());
            List<KeyValuePair> own = event.getKeyValuePairs();
            if (own != null) {
                for (KeyValuePair pair : own) {
                    write(json, written, pair.key, pair.value);
                }
            }
            if (event.getThrowableProxy() != null) {
                write(json, written, "error", stackTrace.convert(event).strip());
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // In memory: it cannot be.
        }
        line.write('\n');
        return line.toByteArray();
    }

    /** A name twice in one object is what many readers refuse: the first one stays. */
    private static void write(JsonGenerator json, Set<String> written, String name, Object value) throws IOException {
        if (!written.add(name)) {
            return;
        }
        json.writeFieldName(name);
        switch (value) {
            case null -> json.writeNull();
            case Integer number -> json.writeNumber(number);
            case Long number -> json.writeNumber(number);
            case Boolean truth -> json.writeBoolean(truth);
            default -> json.writeString(value.toString());
        }
    }
}
