package io.pgsidecar.agent;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import io.pgsidecar.agent.config.AgentConfig.Log;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;
import org.slf4j.event.Level;

/** Where log lines go: to stderr, since commands print their answers to stdout. A line an event, in UTC. */
final class Logging {

    private static final String LINE =
            "%d{\"yyyy-MM-dd'T'HH:mm:ss.SSS'Z'\", UTC} %-5level %logger{0}: %replace(%msg %kvp){'[\\r\\n]+', ' '}%n%ex";

    private Logging() {}

    /** For commands that answer and end: only what a person must know. */
    static void quiet() {
        set(Log.Format.TEXT, Level.WARN);
    }

    /** For the running agent. */
    static void set(Log.Format format, Level level) {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.reset();
        ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
        console.setContext(context);
        console.setTarget("System.err");
        console.setEncoder(encoder(format, context));
        console.start();
        ch.qos.logback.classic.Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.addAppender(console);
        root.setLevel(ch.qos.logback.classic.Level.convertAnSLF4JLevel(level));
        // Chatty below warnings about nothing that an operator would ask for.
        context.getLogger("io.netty").setLevel(ch.qos.logback.classic.Level.WARN);
        // Azure's SDK logs each error before it throws it, with a stack. It is told once, by whoever catches it.
        for (String thrower : List.of("com.azure", "com.microsoft.aad", "reactor")) {
            context.getLogger(thrower).setLevel(ch.qos.logback.classic.Level.OFF);
        }
        SLF4JBridgeHandler.removeHandlersForRootLogger();
        SLF4JBridgeHandler.install();
    }

    private static Encoder<ILoggingEvent> encoder(Log.Format format, LoggerContext context) {
        return switch (format) {
            case TEXT -> {
                PatternLayoutEncoder text = new PatternLayoutEncoder();
                text.setContext(context);
                text.setPattern(LINE);
                text.start();
                yield text;
            }
            case JSON -> {
                JsonLines json = new JsonLines();
                json.setContext(context);
                json.start();
                yield json;
            }
        };
    }
}
