package io.pgsidecar.agent.bootstrap;

import io.pgsidecar.agent.config.AgentConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Optional;

/** What a replica streams from, as libpq reads it. */
final class PrimaryConninfo {

    private PrimaryConninfo() {}

    /**
     * Empty if nobody said where the primary is: the replica then replays what is archived.
     *
     * @throws IOException if the password's file cannot be read
     */
    static Optional<String> of(AgentConfig config, PodName pod) throws IOException {
        AgentConfig.Bootstrap bootstrap = config.bootstrap();
        if (bootstrap.primaryHost().isEmpty()) {
            return Optional.empty();
        }
        List<String> hosts = bootstrap.primaryHost().get().values();
        StringBuilder conninfo = new StringBuilder();
        add(conninfo, "host", String.join(",", hosts));
        add(conninfo, "port", Integer.toString(bootstrap.primaryPort()));
        add(
                conninfo,
                "user",
                bootstrap.replicationUser().orElse(config.postgres().user()));
        if (bootstrap.passwordFile().isPresent()) {
            add(
                    conninfo,
                    "password",
                    Files.readString(bootstrap.passwordFile().get()).stripTrailing());
        }
        pod.value().ifPresent(name -> add(conninfo, "application_name", name));
        if (hosts.size() > 1) {
            // Of several the one that is the primary.
            add(conninfo, "target_session_attrs", "read-write");
        }
        bootstrap.primaryConninfo().ifPresent(more -> conninfo.append(' ').append(more));
        return Optional.of(conninfo.toString().strip());
    }

    private static void add(StringBuilder conninfo, String name, String value) {
        String quoted = value.matches("[\\w.,:/-]+")
                ? value
                : "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'";
        conninfo.append(conninfo.isEmpty() ? "" : " ").append(name).append('=').append(quoted);
    }
}
