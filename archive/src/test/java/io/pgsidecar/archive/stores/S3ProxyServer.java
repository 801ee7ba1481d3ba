package io.pgsidecar.archive.stores;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** S3Proxy on a folder: it checks each request's signature, version 4, as a real store does. */
public final class S3ProxyServer implements S3Server {

    private final ServerProcess process;

    private S3ProxyServer(ServerProcess process) {
        this.process = process;
    }

    /**
     * A server, not started.
     *
     * @param home an existing folder; the objects are below it
     */
    public static S3ProxyServer create(Path home) {
        Path jars = ServerJars.require("s3proxy");
        URI endpoint = URI.create("http://127.0.0.1:" + FreePort.next());
        Path properties = home.resolve("s3proxy.properties");
        Path objects = home.resolve("s3proxy");
        List<String> command = new ArrayList<>(ServerJars.java(home));
        command.addAll(List.of(
                // Without a configuration logback logs each byte of each request.
                "-Dlogback.configurationFile=" + home.resolve("s3proxy-logback.xml"),
                "-cp",
                jars + "/*",
                "org.gaul.s3proxy.Main",
                "--properties",
                properties.toString()));
        S3ProxyServer server = new S3ProxyServer(new ServerProcess("s3proxy", command, Map.of(), endpoint, home));
        try {
            Files.createDirectories(objects.resolve(server.bucket()));
            Files.writeString(home.resolve("s3proxy-logback.xml"), """
                    <configuration>
                      <appender name="OUT" class="ch.qos.logback.core.ConsoleAppender">
                        <encoder><pattern>%d %-5level %logger{0} %msg%n</pattern></encoder>
                      </appender>
                      <root level="WARN"><appender-ref ref="OUT"/></root>
                    </configuration>
                    """);
            Files.writeString(
                    properties, """
                    s3proxy.endpoint=%s
                    s3proxy.authorization=aws-v4
                    s3proxy.identity=%s
                    s3proxy.credential=%s
                    jclouds.provider=filesystem-nio2
                    jclouds.filesystem.basedir=%s
                    jclouds.identity=unused
                    jclouds.credential=unused
                    """.formatted(endpoint, server.accessKeyId(), server.secretAccessKey(), objects));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return server;
    }

    @Override
    public void start() {
        process.start();
    }

    @Override
    public void stop() {
        process.stop();
    }

    @Override
    public URI endpoint() {
        return process.endpoint();
    }

    @Override
    public String log() {
        return process.log();
    }

    @Override
    public void close() {
        process.close();
    }
}
