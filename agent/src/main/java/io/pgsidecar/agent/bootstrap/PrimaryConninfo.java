package io.pgsidecar.agent.bootstrap;

import io.pgsidecar.agent.config.AgentConfig;
import io.pgsidecar.agent.config.BootstrapConfig;
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
     * @throws IOException if a password's file cannot be read
     */
    static Optional<String> of(AgentConfig config, PodName pod) throws IOException {
        BootstrapConfig bootstrap = config.bootstrap();
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
        password(config).ifPresent(password -> add(conninfo, "password", password));
        pod.value().ifPresent(name -> add(conninfo, "application_name", name));
        if (hosts.size() > 1) {
            // Of several the one that is the primary.
            add(conninfo, "target_session_attrs", "read-write");
        }
        bootstrap.primaryConninfo().ifPresent(more -> conninfo.append(' ').append(more));
        return Optional.of(conninfo.toString().strip());
    }

    /** That of the role which streams: its own file's, or the agent's if it is the agent's role. */
    private static Optional<String> password(AgentConfig config) throws IOException {
        BootstrapConfig bootstrap = config.bootstrap();
        if (bootstrap.passwordFile().isPresent()) {
            return Optional.of(Files.readString(bootstrap.passwordFile().get()).stripTrailing());
        }
        boolean ownRole = bootstrap
                .replicationUser()
                .map(config.postgres().user()::equals)
                .orElse(true);
        // libpq would take it before what is in a passfile.
        boolean given = bootstrap
                .primaryConninfo()
                .filter(more -> more.contains("pass"))
                .isPresent();
        return ownRole && !given ? config.postgres().address().password().read() : Optional.empty();
    }

    private static void add(StringBuilder conninfo, String name, String value) {
        String quoted = value.matches("[\\w.,:/-]+")
                ? value
                : "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'";
        conninfo.append(conninfo.isEmpty() ? "" : " ").append(name).append('=').append(quoted);
    }
}
