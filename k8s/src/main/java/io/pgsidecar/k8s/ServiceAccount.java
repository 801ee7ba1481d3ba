package io.pgsidecar.k8s;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;

/**
 * How a pod reaches its API: the address from the environment, the rest from the files that the kubelet mounts. Token
 * and CA are read at each request, since the kubelet replaces them.
 *
 * @param folder holds {@code token}, {@code ca.crt} and {@code namespace}
 */
public record ServiceAccount(URI server, Path folder) {

    /** Where the kubelet mounts it. */
    public static final Path FOLDER = Path.of("/var/run/secrets/kubernetes.io/serviceaccount");

    private static final ObjectMapper JSON = new ObjectMapper();

    /** Whether this process runs in a pod that may use the API. */
    public static boolean present(Map<String, String> environment, Path folder) {
        return !environment.getOrDefault("KUBERNETES_SERVICE_HOST", "").isBlank()
                && Files.exists(folder.resolve("token"));
    }

    /**
     * The pod's own.
     *
     * @throws IOException if the environment does not name a server; the message says what is missing
     */
    public static ServiceAccount of(Map<String, String> environment, Path folder) throws IOException {
        String host = environment.getOrDefault("KUBERNETES_SERVICE_HOST", "").strip();
        String port = environment.getOrDefault("KUBERNETES_SERVICE_PORT", "443").strip();
        if (host.isEmpty()) {
            throw new IOException("KUBERNETES_SERVICE_HOST is not set: this is no pod of Kubernetes");
        }
        String name = host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host;
        try {
            return new ServiceAccount(URI.create("https://" + name + ":" + Integer.parseInt(port)), folder);
        } catch (IllegalArgumentException e) {
            throw new IOException(
                    "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are no address: " + host + " " + port, e);
        }
    }

    /** The token of the moment. */
    String token() throws IOException {
        String token = read("token");
        if (token.isEmpty()) {
            throw new IOException(folder.resolve("token") + " is empty");
        }
        return token;
    }

    /** Certificates (PEM) of who may have signed the server's. */
    String authority() throws IOException {
        return Files.readString(folder.resolve("ca.crt"), StandardCharsets.ISO_8859_1);
    }

    /** The pod's namespace; empty if no file tells it. */
    public Optional<String> namespace() {
        try {
            return Optional.of(read("namespace")).filter(name -> !name.isEmpty());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** The name of the pod that the token was made for. */
    public Optional<String> podName() {
        return podClaim("name");
    }

    /**
     * The uid of the pod that the token was made for. After a pod was deleted by force, another one has its name while
     * this process may still run on a node that nobody reaches.
     */
    public Optional<String> podUid() {
        return podClaim("uid");
    }

    /** Not verified: it is for knowing oneself, not for trusting another. */
    private Optional<String> podClaim(String field) {
        try {
            String[] parts = token().split("\\.", -1);
            if (parts.length != 3) {
                return Optional.empty();
            }
            JsonNode claims =
                    JSON.readTree(new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8));
            String value = claims.path("kubernetes.io").path("pod").path(field).asText("");
            return value.isEmpty() ? Optional.empty() : Optional.of(value);
        } catch (IOException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private String read(String name) throws IOException {
        return Files.readString(folder.resolve(name)).strip();
    }
}
