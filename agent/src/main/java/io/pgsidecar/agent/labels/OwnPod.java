package io.pgsidecar.agent.labels;

import io.pgsidecar.agent.config.KubernetesConfig;
import io.pgsidecar.k8s.KubernetesApi;
import io.pgsidecar.k8s.ServiceAccount;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * The pod that the agent runs in.
 *
 * @param timeout of one request
 */
public record OwnPod(ServiceAccount account, String namespace, String name, Duration timeout) {

    /**
     * Empty where the pod is not to be labelled.
     *
     * @throws IOException if it is, and something is not known; the message says what would be right
     */
    public static Optional<OwnPod> of(KubernetesConfig config, Map<String, String> environment) throws IOException {
        boolean wanted = switch (config.enabled()) {
            case TRUE -> true;
            case FALSE -> false;
            case AUTO -> ServiceAccount.present(environment, config.serviceAccount());
        };
        if (!wanted) {
            return Optional.empty();
        }
        ServiceAccount account;
        try {
            account = ServiceAccount.of(environment, config.serviceAccount());
        } catch (IOException e) {
            throw new IOException("kubernetes.enabled: " + e.getMessage(), e);
        }
        String namespace = account.namespace()
                .or(() -> given(environment, "POD_NAMESPACE"))
                .orElseThrow(() -> new IOException(
                        "kubernetes.serviceAccount: there is no file \"namespace\" in %s, and POD_NAMESPACE is not set"
                                .formatted(config.serviceAccount())));
        String name = config.pod()
                .or(() -> given(environment, "POD_NAME"))
                .or(account::podName)
                .or(() -> given(environment, "HOSTNAME"))
                .orElseThrow(() -> new IOException("kubernetes.pod: must be given, since POD_NAME is not set"));
        return Optional.of(new OwnPod(account, namespace, name, config.timeout()));
    }

    private static Optional<String> given(Map<String, String> environment, String variable) {
        return Optional.ofNullable(environment.get(variable)).filter(value -> !value.isBlank());
    }

    /** The API, for the pod's namespace. */
    public KubernetesApi api() {
        return new KubernetesApi(account, namespace, timeout);
    }
}
