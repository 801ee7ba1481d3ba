package io.pgsidecar.k8s.manifests;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The Pod Security Standard "restricted", and a root file system that nobody writes to. */
final class PodSecurity {

    private static final Set<String> VOLUMES =
            Set.of("configMap", "emptyDir", "secret", "projected", "downwardAPI", "persistentVolumeClaim");

    private PodSecurity() {}

    static List<String> violations(Manifest manifest) {
        List<String> found = new ArrayList<>();
        JsonNode pod = manifest.pod().path("securityContext");
        say(found, !pod.path("runAsNonRoot").asBoolean(), "runAsNonRoot");
        say(found, pod.path("runAsUser").asInt() == 0, "runAsUser");
        say(found, !pod.path("seccompProfile").path("type").asText().equals("RuntimeDefault"), "seccompProfile");
        for (String host : List.of("hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace")) {
            say(found, manifest.pod().has(host), host);
        }
        for (JsonNode volume : manifest.pod().path("volumes")) {
            volume.fieldNames()
                    .forEachRemaining(
                            kind -> say(found, !kind.equals("name") && !VOLUMES.contains(kind), "volume " + kind));
        }
        for (JsonNode container : manifest.containers()) {
            String name = container.path("name").asText();
            JsonNode own = container.path("securityContext");
            say(found, own.path("allowPrivilegeEscalation").asBoolean(true), name + " allowPrivilegeEscalation");
            say(found, !own.path("capabilities").path("drop").path(0).asText().equals("ALL"), name + " capabilities");
            say(found, own.path("capabilities").has("add"), name + " capabilities.add");
            say(found, !own.path("readOnlyRootFilesystem").asBoolean(), name + " readOnlyRootFilesystem");
            say(found, own.has("privileged") || own.has("runAsUser"), name + " overrides the pod");
            say(found, container.path("ports").findValue("hostPort") != null, name + " hostPort");
        }
        return found;
    }

    private static void say(List<String> found, boolean wrong, String what) {
        if (wrong) {
            found.add(what);
        }
    }
}
