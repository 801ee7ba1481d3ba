package io.pgsidecar.agent.bootstrap;

import io.pgsidecar.agent.config.BootstrapConfig.NewCluster;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name that the pod has in its StatefulSet: {@code postgres-0}.
 *
 * @param value empty if the environment does not tell
 */
record PodName(Optional<String> value) {

    private static final Pattern WITH_ORDINAL = Pattern.compile(".*-(\\d{1,9})");

    static PodName of(Map<String, String> environment) {
        return new PodName(Optional.ofNullable(environment.get("POD_NAME"))
                .or(() -> Optional.ofNullable(environment.get("HOSTNAME")))
                .filter(name -> !name.isBlank()));
    }

    /** Whether the pod may begin a cluster. */
    Facts.Begins begins(NewCluster newCluster) {
        return switch (newCluster) {
            case ALWAYS -> Facts.Begins.YES;
            case NEVER -> Facts.Begins.NO;
            case AUTO -> {
                Optional<Matcher> matcher = value.map(WITH_ORDINAL::matcher).filter(Matcher::matches);
                yield matcher.map(found -> Integer.parseInt(found.group(1)) == 0 ? Facts.Begins.YES : Facts.Begins.NO)
                        .orElse(Facts.Begins.UNKNOWN);
            }
        };
    }
}
