package io.pgsidecar.archive.stores;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Moto, which keeps all in memory. It takes the uploads of Python's clients, on which S3Mock ends the connection. Needs
 * its program {@code moto_server}.
 */
public final class MotoServer implements S3Server {

    private final ServerProcess process;

    private MotoServer(ServerProcess process) {
        this.process = process;
    }

    /**
     * A server, not started.
     *
     * @param prefix what the program is started by, as in {@code chroot DIRECTORY}; often nothing
     * @param home an existing folder for its log
     */
    public static MotoServer create(List<String> prefix, Path home) {
        int port = FreePort.next();
        List<String> command = new ArrayList<>(prefix);
        command.addAll(List.of("moto_server", "-H", "127.0.0.1", "-p", Integer.toString(port)));
        return new MotoServer(
                new ServerProcess("moto", command, Map.of(), URI.create("http://127.0.0.1:" + port), home));
    }

    @Override
    public void start() {
        process.start();
        try {
            HttpURLConnection put = (HttpURLConnection)
                    endpoint().resolve("/" + bucket()).toURL().openConnection();
            put.setRequestMethod("PUT");
            if (put.getResponseCode() != HttpURLConnection.HTTP_OK) {
                throw new IllegalStateException("moto makes no bucket: " + put.getResponseCode() + "\n" + log());
            }
        } catch (IOException e) {
            throw new IllegalStateException("moto makes no bucket", e);
        }
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
