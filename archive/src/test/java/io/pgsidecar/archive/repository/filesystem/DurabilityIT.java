package io.pgsidecar.archive.repository.filesystem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * No test can cut the power. But what survives it is decided by the order of a few system calls, and that can be
 * watched: content before name, name before "stored".
 */
class DurabilityIT {

    /** The calls that matter, each with the last path in it, which is the one that it makes or syncs. */
    private static final Pattern CALL = Pattern.compile(
            "\\b(fsync|fdatasync|mkdir|mkdirat|link|linkat|rename|renameat|renameat2|unlink|unlinkat)\\("
                    + ".*?[<\"](?<path>/[^<>\"]*)[>\"][^<>\"]*\\) = 0");

    @TempDir
    private Path folder;

    @Test
    void contentIsSyncedBeforeItsNameAndTheNameBeforeTheAnswer() throws Exception {
        Path root = Files.createDirectory(folder.toRealPath().resolve("repository"));
        Files.writeString(Files.createDirectory(root.resolve("main")).resolve("there"), "another's");
        List<String> calls = calls(trace(root), root);
        System.out.println("DurabilityIT: " + calls);
        assertThat(calls)
                .as("new folders are synced into their parents, the content before the link, the name after it")
                .containsSubsequence(
                        "mkdir .pgsidecar-tmp",
                        "sync .",
                        "sync .pgsidecar-tmp/*",
                        "mkdir main/new",
                        "sync main",
                        "link main/new/created",
                        "sync main/new",
                        "sync .pgsidecar-tmp/*",
                        "rename main/new/replaced",
                        "sync main/new");
        assertThat(calls)
                .as("what was found there is made durable before it counts as there")
                .containsSubsequence(
                        "rename main/new/replaced", "sync main/there", "sync main", "sync main/found", "sync main");
        assertThat(calls.subList(calls.indexOf("unlink main/new/replaced"), calls.size()))
                .as("a deletion is durable too")
                .contains("sync main/new");
    }

    private List<String> trace(Path root) throws Exception {
        Path trace = folder.resolve("trace");
        List<String> command = new ArrayList<>(List.of("strace", "-f", "-y", "-s", "4096", "-o", trace.toString()));
        command.addAll(List.of("-e", "trace=/^(fsync|fdatasync|mkdir|link|rename|unlink).*"));
        command.addAll(ChildJvm.command(List.of(), DurabilityProcess.class, root));
        Process process;
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            assumeTrue(false, "no strace here");
            throw e;
        }
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        boolean ended = process.waitFor() == 0;
        assumeTrue(ended || !output.contains("ptrace"), "strace may not trace here: " + output);
        assertThat(ended).as(output).isTrue();
        assertThat(output).contains("exists", "found at the commit");
        return Files.readAllLines(trace);
    }

    /** Calls below the root, as "what path"; temporary files have no name worth telling. */
    private static List<String> calls(List<String> trace, Path root) {
        List<String> calls = new ArrayList<>();
        for (String line : trace) {
            Matcher call = CALL.matcher(line);
            if (call.find() && Path.of(call.group("path")).startsWith(root)) {
                String path = root.relativize(Path.of(call.group("path"))).toString();
                String what = call.group(1).replaceAll("^f(data)?sync$", "sync").replaceAll("at2?$", "");
                calls.add(what + " " + (path.isEmpty() ? "." : path.replaceAll("(pgsidecar-tmp)/.*", "$1/*")));
            }
        }
        return calls;
    }
}
