package io.pgsidecar.agent.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** What {@code pgsidecar bootstrap} does before PostgreSQL starts. */
public record BootstrapConfig(
        @Setting(
                doc =
                        "The host of the primary, mostly a Service: whom a replica streams from, and who is asked before a primary starts. Several with commas.")
        Optional<Words> primaryHost,

        @Setting(doc = "The port of the primary.", byDefault = "5432", min = "1", max = "65535")
        int primaryPort,

        @Setting(doc = "The role that a replica streams as; left out, `postgres.user`.")
        Optional<String> replicationUser,

        @Setting(
                doc =
                        "A file that holds that role's password; bootstrap writes it into a replica's `primary_conninfo`. Left out, the agent's own, if the role is the agent's.")
        Optional<Path> passwordFile,

        @Setting(
                doc =
                        "More of a replica's `primary_conninfo`, such as `sslmode=verify-full` or `passfile=/etc/pgpass/pgpass`.")
        Optional<String> primaryConninfo,

        @Setting(
                doc =
                        "Whether an empty PGDATA may be left to initdb: auto allows it in the pod whose name ends in `-0`.",
                byDefault = "auto")
        NewCluster newCluster,

        BootstrapRestoreConfig restore,

        @Setting(
                doc =
                        "What is done for the pod that may begin a cluster, if there are backups and no primary answers: a standby that waits for one, a primary at the end of the WAL, or nothing.",
                byDefault = "standby")
        LostCluster lostCluster,

        @Setting(
                doc =
                        "What becomes of a primary after another one was promoted: it follows that one, is refused, or starts as it is (which makes two primaries).",
                byDefault = "follow")
        OldPrimary oldPrimary,

        @Setting(
                doc =
                        "Whether a primary starts while neither the repository nor `bootstrap.primaryHost` can tell if another one was promoted.",
                byDefault = "refuse")
        Unproven unproven,

        @Setting(
                doc =
                        "Whether a data directory that has left the cluster's timeline is made anew of the repository. What only it has is lost to the cluster.",
                byDefault = "false")
        boolean rebuildDiverged,

        @Setting(
                doc =
                        "Whether such a directory is kept beside the new one, under another name. If not, its files are taken where they are good.",
                byDefault = "true")
        boolean keepDiverged,

        @Setting(
                doc =
                        "Whether a replica gets at least the primary's `max_connections` and the like, in `postgresql.auto.conf`. False where all pods have one configuration file: it then counts alone.",
                byDefault = "true")
        boolean raiseSettings,

        @Setting(
                doc = "How long what may pass is waited for: the first backup, a repository that is away.",
                byDefault = "10m",
                min = "0s",
                max = "24h")
        Duration timeout,

        @Setting(doc = "The time between two looks while it waits.", byDefault = "5s", min = "100ms", max = "5m")
        Duration interval) {

    public BootstrapConfig {
        if (primaryConninfo.isPresent() && primaryHost.isEmpty()) {
            throw new SettingException("primaryConninfo", "primaryHost must be given too");
        }
    }

    /** Which empty data directory may become a new cluster. */
    public enum NewCluster {
        AUTO,
        ALWAYS,
        NEVER
    }

    /** What becomes of a cluster of which only the repository seems to be left. */
    public enum LostCluster {
        STANDBY,
        PROMOTE,
        REFUSE
    }

    /** What becomes of a primary after another one was promoted. */
    public enum OldPrimary {
        FOLLOW,
        REFUSE,
        START
    }

    /** What becomes of a primary of which nobody can tell whether it still is the one. */
    public enum Unproven {
        REFUSE,
        START
    }
}
