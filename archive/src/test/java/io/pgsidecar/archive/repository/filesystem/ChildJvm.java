package io.pgsidecar.archive.repository.filesystem;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Another process, as another pod or the next agent would be one. */
final class ChildJvm {

    private ChildJvm() {}

    /** The command that runs a class of the tests, with options for the JVM before it. */
    static List<String> command(List<String> options, Class<?> main, Object... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(
                "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "--enable-native-access=ALL-UNNAMED"));
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        return command;
    }

    /** Starts it; its errors go where the tests' go, its output is the caller's to read. */
    static Process start(List<String> options, Class<?> main, Object... arguments) throws IOException {
        return new ProcessBuilder(command(options, main, arguments))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }
}
