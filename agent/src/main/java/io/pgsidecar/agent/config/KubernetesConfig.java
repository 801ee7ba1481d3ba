package io.pgsidecar.agent.config;

import io.pgsidecar.k8s.RoleLabel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The labels of the agent's own pod. */
public record KubernetesConfig(
        @Setting(
                doc = "Whether the agent labels its pod; auto: where the pod has a service account's token.",
                byDefault = "auto")
        Enabled enabled,

        @Setting(doc = "The pod's name; left out, `POD_NAME`, else the one in the token, else the host's name.")
        Optional<String> pod,

        Label label,
        SecondLabel secondLabel,

        @Setting(
                doc =
                        "Which labels the pods of the set have (`app=db,tier=main`); left out, those of the same controller.")
        Optional<String> selector,

        @Setting(
                doc = "How often the label is compared with the truth when nothing happens.",
                byDefault = "5s",
                min = "500ms",
                max = "5m")
        Duration interval,

        @Setting(
                doc = "How long a label outlives the last certain observation of the role.",
                byDefault = "30s",
                min = "1s",
                max = "10m")
        Duration unknownAfter,

        @Setting(
                doc = "The least time between two patches that tell nothing but the LSN.",
                byDefault = "10s",
                min = "1s",
                max = "24h")
        Duration lsnInterval,

        @Setting(doc = "How long one request may take.", byDefault = "5s", min = "500ms", max = "1m")
        Duration timeout,

        @Setting(
                doc = "How long a drain, and the end of the process, wait until the label is removed.",
                byDefault = "5s",
                min = "0s",
                max = "1m")
        Duration drainTimeout,

        @Setting(
                doc = "The folder with `token`, `ca.crt` and `namespace`; each is read again when it is needed.",
                byDefault = "/var/run/secrets/kubernetes.io/serviceaccount")
        Path serviceAccount) {

    public KubernetesConfig {
        if (secondLabel.key().isPresent() && secondLabel.key().get().equals(label.key())) {
            throw new SettingException(
                    "secondLabel.key", "must be another one than label.key, which is " + label.key());
        }
        if (unknownAfter.compareTo(timeout) < 0) {
            throw new SettingException(
                    "unknownAfter", "must not be shorter than timeout, which is " + ValueType.show(timeout));
        }
    }

    public enum Enabled {
        AUTO,
        TRUE,
        FALSE
    }

    /** The label that Services select by. */
    public record Label(
            @Setting(doc = "The label's key.", byDefault = "role")
            String key,

            @Setting(doc = "Its value on the primary.", byDefault = "primary")
            String primary,

            @Setting(doc = "Its value on a replica.", byDefault = "replica")
            String replica) {

        public Label {
            checkLabel(key, primary, replica);
        }
    }

    /** The same in other words, while Services of an older set-up are still there. */
    public record SecondLabel(
            @Setting(doc = "The key of a second label that shows the same; left out, there is none.")
            Optional<String> key,

            @Setting(doc = "Its value on the primary.", byDefault = "master")
            String primary,

            @Setting(doc = "Its value on a replica.", byDefault = "replica")
            String replica) {

        public SecondLabel {
            checkLabel(key.orElse("role"), primary, replica);
        }
    }

    /** The first one is the one that is read. */
    public List<RoleLabel> keys() {
        RoleLabel first = new RoleLabel(label.key(), label.primary(), label.replica());
        return secondLabel
                .key()
                .map(key -> List.of(first, new RoleLabel(key, secondLabel.primary(), secondLabel.replica())))
                .orElse(List.of(first));
    }

    private static void checkLabel(String key, String primary, String replica) {
        if (!RoleLabel.validKey(key)) {
            throw new SettingException("key", "must be a label's key, such as role or example.com/role");
        }
        for (Map.Entry<String, String> value :
                Map.of("primary", primary, "replica", replica).entrySet()) {
            if (!RoleLabel.validValue(value.getValue())) {
                throw new SettingException(
                        value.getKey(),
                        "must have 1 to 63 letters, digits, dots, underscores or hyphens, and begin and end with a letter or digit");
            }
        }
        if (primary.equals(replica)) {
            throw new SettingException("replica", "must be another value than that of the primary");
        }
    }
}
