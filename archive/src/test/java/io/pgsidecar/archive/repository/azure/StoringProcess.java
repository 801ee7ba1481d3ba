package io.pgsidecar.archive.repository.azure;

import io.pgsidecar.archive.repository.Content;
import io.pgsidecar.archive.repository.InputStreams;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectWriter;
import io.pgsidecar.archive.repository.PutMode;
import io.pgsidecar.archive.repository.azure.AzureSettings.Connection;
import io.pgsidecar.archive.repository.azure.AzureSettings.Credentials;
import io.pgsidecar.archive.repository.azure.AzureSettings.Identity;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Stores and reads in a JVM of its own, with its own options and environment. */
final class StoringProcess {

    private StoringProcess() {}

    /** The process, which prints how many bytes it has read. */
    static Process start(List<String> options, Map<String, String> environment, File errors, Object... arguments)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), StoringProcess.class.getName()));
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors);
        builder.environment().putAll(environment);
        return builder.start();
    }

    /**
     * Arguments: the endpoint, the container, what to log in with (a file with the account's key, or an identity), the
     * authorities' file or "", how many writers there are at once, how many bytes each stores.
     */
    static void main(String[] args) throws Exception {
        Credentials credentials = args[2].contains("/")
                ? Credentials.accountKey(Path.of(args[2]))
                : Credentials.identity(Identity.valueOf(args[2]), Optional.empty());
        Connection connection = new Connection(
                args[3].isEmpty() ? Optional.empty() : Optional.of(Path.of(args[3])),
                Optional.empty(),
                TestSettings.TWO_TRIES.connectTimeout(),
                TestSettings.TWO_TRIES.requestTimeout(),
                TestSettings.TWO_TRIES.timeout(),
                TestSettings.TWO_TRIES.attempts());
        ObjectStore store = AzureStore.open(TestSettings.at(URI.create(args[0]), args[1], credentials, connection));
        int size = Integer.parseInt(args[5]);
        List<Future<Long>> writers = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < Integer.parseInt(args[4]); i++) {
                ObjectKey key = new ObjectKey("object-" + i);
                writers.add(threads.submit(() -> storeAndRead(store, key, size)));
            }
        }
        long read = 0;
        for (Future<Long> writer : writers) {
            read += writer.get();
        }
        System.out.println(read);
    }

    private static long storeAndRead(ObjectStore store, ObjectKey key, int size) throws IOException {
        byte[] buffer = new byte[64 * 1024];
        try (ObjectWriter writer = store.newWriter(key, PutMode.CREATE);
                InputStream in = InputStreams.ofLength(size)) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                writer.stream().write(buffer, 0, n);
            }
            writer.commit();
        }
        store.put(new ObjectKey("small-" + key.value()), Content.of("x"), PutMode.CREATE);
        long read = 0;
        try (InputStream in = store.open(key, 0)) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                read += n;
            }
        }
        return read;
    }
}
