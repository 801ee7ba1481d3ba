package io.pgsidecar.agent.config;

import io.pgsidecar.probes.metrics.CollectorChoice;
import io.pgsidecar.probes.metrics.DefaultCollectors;
import io.pgsidecar.probes.metrics.Globs;
import io.pgsidecar.probes.metrics.MetricsSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What is collected for Prometheus, and where it is served. */
public record MetricsConfig(
        @Setting(doc = "Whether metrics are collected and served.", byDefault = "true")
        boolean enabled,

        @Setting(doc = "The address to listen on.", byDefault = "0.0.0.0")
        String host,

        @Setting(doc = "The port to listen on; 0 takes a free one.", byDefault = "9187", min = "0", max = "65535")
        int port,

        @Setting(
                doc = "How often what answers from memory is collected: sessions, locks, replication.",
                byDefault = "15s",
                min = "1s",
                max = "10m")
        Duration interval,

        @Setting(
                doc = "How often what looks at files, or at each database, is collected: sizes, tables, settings. Not"
                        + " shorter than `metrics.interval`.",
                byDefault = "5m",
                min = "1s",
                max = "24h")
        Duration slowInterval,

        @Setting(
                doc =
                        "How long a statement of a collector may take; the collector has failed then, and the others go on.",
                byDefault = "10s",
                min = "100ms",
                max = "5m")
        Duration timeout,

        @Setting(
                doc =
                        "Which collectors are on: `-locks` switches one off, `+locks` on; names without a sign are all that"
                                + " are on. Left out, the usual ones.")
        Optional<Words> collectors,

        Databases databases,
        Tables tables,

        @Setting(
                doc = "Files of custom queries, or folders of such files: postgres_exporter's queries.yaml,"
                        + " CloudNativePG's too. `PREFIX=PATH` puts the prefix before each name.")
        Optional<Words> queries,

        Tls tls,
        BasicAuth basicAuth) {

    public MetricsConfig {
        if (slowInterval.compareTo(interval) < 0) {
            throw new SettingException(
                    "slowInterval", "must not be shorter than interval, which is " + ValueType.show(interval));
        }
        try {
            Set<String> ignored =
                    CollectorChoice.of(words(collectors), DefaultCollectors.names(), DefaultCollectors.usual());
        } catch (IllegalArgumentException e) {
            throw new SettingException("collectors", String.valueOf(e.getMessage()));
        }
    }

    /** Whose series are shown. */
    public record Databases(
            @Setting(doc = "Databases that are shown and whose tables are looked at, as globs: `app*`. Left out, all.")
            Optional<Words> include,

            @Setting(doc = "Databases that are not, as globs.")
            Optional<Words> exclude) {}

    /** Which tables are shown. */
    public record Tables(
            @Setting(doc = "Tables that are shown, as globs over `schema.table`: `public.*`. Left out, all.")
            Optional<Words> include,

            @Setting(doc = "Tables that are not, as globs over `schema.table`.")
            Optional<Words> exclude,

            @Setting(
                    doc = "How many tables are shown, the largest ones of all databases together. How many are left out"
                            + " is a metric.",
                    byDefault = "500",
                    min = "0",
                    max = "5000")
            int limit) {}

    /** A certificate of the server's own; without one it is plain HTTP. */
    public record Tls(
            @Setting(doc = "The certificate and those between it and its root, in PEM; re-read when it changes.")
            Optional<Path> certificate,

            @Setting(doc = "Its key, in PEM.") Optional<Path> key) {

        public Tls {
            if (certificate.isPresent() != key.isPresent()) {
                throw new SettingException(
                        certificate.isPresent() ? "key" : "certificate",
                        "must be given too: a certificate and its key belong together");
            }
        }
    }

    /** Who may read; without it, everybody. */
    public record BasicAuth(
            @Setting(doc = "Who may read the page, by HTTP basic authentication; left out, everybody.")
            Optional<String> user,

            @Setting(doc = "A file that holds the password; re-read when it changes.")
            Optional<Path> passwordFile) {

        public BasicAuth {
            if (user.isPresent() != passwordFile.isPresent()) {
                throw new SettingException(
                        user.isPresent() ? "passwordFile" : "user",
                        "must be given too: a user and a password belong together");
            }
        }
    }

    /** The same for the collectors. */
    public MetricsSettings settings() {
        return new MetricsSettings(
                interval,
                slowInterval,
                timeout,
                words(collectors),
                new Globs(words(databases.include()), words(databases.exclude())),
                new Globs(words(tables.include()), words(tables.exclude())),
                tables.limit());
    }

    private static List<String> words(Optional<Words> given) {
        return given.map(Words::values).orElse(List.of());
    }
}
