package io.pgsidecar.agent.config;

import io.pgsidecar.archive.codec.Compression;
import io.pgsidecar.archive.codec.Identities;
import io.pgsidecar.archive.codec.Recipients;
import io.pgsidecar.probes.InstanceAddress;
import io.pgsidecar.probes.LagLimit;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Period;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.event.Level;

/**
 * The whole configuration, immutable. This is the one place where keys are declared: the component
 * {@code archive().compression()} is the key {@code archive.compression} and the variable
 * {@code PGSIDECAR_ARCHIVE_COMPRESSION}. {@link ConfigLoader} holds every value to its type and range, and a compact
 * constructor says which values do not go together.
 */
public record AgentConfig(
        @Setting(doc = "The folder of this cluster inside each repository.", byDefault = "main")
        ServerName server,

        Postgres postgres,
        Http http,
        Control control,

        @Setting(doc = "The places where WAL and backups are kept, by name.", max = "8")
        Map<String, RepositoryConfig> repositories,

        Encryption encryption,

        Archive archive,
        Backup backup,
        Retention retention,
        Restore restore,
        BootstrapConfig bootstrap,
        Probes probes,
        Patroni patroni,
        MetricsConfig metrics,
        KubernetesConfig kubernetes,
        Shutdown shutdown,
        Log log) {

    public AgentConfig {
        // In the order of the file: it is the order in which they are asked.
        repositories = Collections.unmodifiableMap(new LinkedHashMap<>(repositories));
        if (!repositories.isEmpty() && repositories.values().stream().allMatch(RepositoryConfig::optional)) {
            throw new SettingException(
                    "repositories.%s.optional"
                            .formatted(repositories.keySet().iterator().next()),
                    "must be false for one repository at least: else WAL would count as archived and be nowhere");
        }
        if (bootstrap.restore().server().filter(server::equals).isPresent()) {
            throw new SettingException(
                    "bootstrap.restore.server",
                    "must be another one than server: a new cluster keeps its WAL in a folder of its own");
        }
        Optional<String> from = bootstrap.restore().repository();
        if (from.isPresent() && !repositories.containsKey(from.get())) {
            throw new SettingException(
                    "bootstrap.restore.repository",
                    "must be one of the repositories: " + String.join(", ", repositories.keySet()));
        }
    }

    /** The instance that the agent stands beside. */
    public record Postgres(
            @Setting(doc = "The data directory (PGDATA), as the agent sees it.")
            Path data,

            @Setting(doc = "The host of the instance.", byDefault = "127.0.0.1")
            String host,

            @Setting(doc = "The port of the instance.", byDefault = "5432", min = "1", max = "65535")
            int port,

            @Setting(doc = "The database that the agent connects to.", byDefault = "postgres")
            String database,

            @Setting(doc = "The role that the agent logs in as.", byDefault = "pgsidecar")
            String user,

            @Setting(doc = "The role's password. Prefer `postgres.passwordFile`.")
            Optional<Secret> password,

            @Setting(doc = "A file that holds the password; read at each connect, so a rotated one is picked up.")
            Optional<Path> passwordFile,

            @Setting(doc = "How long a connect may take.", byDefault = "3s", min = "100ms", max = "1m")
            Duration connectTimeout,

            @Setting(doc = "How long a query may take.", byDefault = "5s", min = "100ms", max = "1m")
            Duration queryTimeout) {

        public Postgres {
            if (password.isPresent() && passwordFile.isPresent()) {
                throw new SettingException("password", "passwordFile is given too; leave one of the two out");
            }
        }

        /** How to log in to the instance, with the password of the moment. */
        public InstanceAddress address() {
            return new InstanceAddress(
                    host, port, database, user, this::currentPassword, connectTimeout, queryTimeout, data);
        }

        private Optional<String> currentPassword() throws IOException {
            if (passwordFile.isPresent()) {
                return Optional.of(Files.readString(passwordFile.get()).stripTrailing());
            }
            return password.map(Secret::reveal);
        }
    }

    /** Probes and REST, for readers on the network. */
    public record Http(
            @Setting(doc = "The address to listen on.", byDefault = "0.0.0.0")
            String host,

            @Setting(doc = "The port to listen on; 0 takes a free one.", byDefault = "8008", min = "0", max = "65535")
            int port) {}

    /** The control API, for this pod only. */
    public record Control(
            @Setting(doc = "The Unix socket; its path has at most 100 bytes.", byDefault = "/run/pgsidecar/agent.sock")
            Path socket) {

        // sun_path has 108 bytes on Linux and 104 on macOS, the closing NUL included.
        private static final int MAX_SOCKET_BYTES = 100;

        public Control {
            int bytes = socket.toString().getBytes(StandardCharsets.UTF_8).length;
            if (bytes > MAX_SOCKET_BYTES) {
                throw new SettingException(
                        "socket", "must have at most %d bytes, not %d".formatted(MAX_SOCKET_BYTES, bytes));
            }
        }
    }

    /** What encrypts before anything leaves the pod, in the format of age. */
    public record Encryption(
            @Setting(doc = "Who can read what is stored: age recipients (`age1…`). Left out, nothing is encrypted.")
            Optional<Words> recipients,

            @Setting(doc = "A file with a recipient on each line, besides those; re-read when it changes.")
            Optional<Path> recipientsFile,

            @Setting(doc = "A file with age identities (`AGE-SECRET-KEY-1…`); needed only where something is restored.")
            Optional<Path> identityFile) {

        public Encryption {
            try {
                Object ignored = recipients.isEmpty()
                        ? recipients
                        : Recipients.of(recipients.get().values(), Optional.empty());
            } catch (IllegalArgumentException e) {
                throw new SettingException("recipients", String.valueOf(e.getMessage()));
            } catch (IOException e) {
                throw new UncheckedIOException("no file is read here", e);
            }
        }

        /**
         * The keys that are at hand.
         *
         * @throws IOException if the recipients' file cannot be read
         * @throws IllegalArgumentException if it holds no recipients; the message names the line
         */
        public io.pgsidecar.archive.codec.Encryption keys() throws IOException {
            Optional<Recipients> whom = recipients.isEmpty() && recipientsFile.isEmpty()
                    ? Optional.empty()
                    : Optional.of(Recipients.of(recipients.map(Words::values).orElse(List.of()), recipientsFile));
            return io.pgsidecar.archive.codec.Encryption.of(whom, identityFile.map(Identities::new));
        }
    }

    /** How WAL is stored. */
    public record Archive(
            @Setting(doc = "How WAL is compressed. What is there already stays readable.", byDefault = "zstd")
            Compression compression,

            @Setting(doc = "zstd 1 to 19, lz4 1 to 12, gzip 1 to 9; left out, the algorithm's own default.")
            Optional<Integer> compressionLevel,

            @Setting(
                    doc =
                            "How many finished segments are stored at the same time, ahead of PostgreSQL's asking; 0 for none.",
                    byDefault = "4",
                    min = "0",
                    max = "32")
            int lookAhead) {

        public Archive {
            checkLevel(compression, compressionLevel);
        }

        /** The level to compress with: the one that is given, else the algorithm's own. */
        public int level() {
            return compressionLevel.orElse(compression.defaultLevel());
        }
    }

    /** How base backups are taken, and when. */
    public record Backup(
            @Setting(doc = "How a backup is compressed. What is there already stays readable.", byDefault = "zstd")
            Compression compression,

            @Setting(doc = "zstd 1 to 19, lz4 1 to 12, gzip 1 to 9; left out, the algorithm's own default.")
            Optional<Integer> compressionLevel,

            @Setting(
                    doc = "How many tars are written at the same time, each by a reader of its own.",
                    byDefault = "2",
                    min = "1",
                    max = "32")
            int parallel,

            @Setting(
                    doc = "A tar is ended when it has this many bytes; the file that it is in is finished first.",
                    byDefault = "1GB",
                    min = "16MB",
                    max = "64GB")
            ByteSize tarSize,

            @Setting(
                    doc = "What all readers together may read in a second; left out, as much as they can.",
                    min = "1MB",
                    max = "64GB")
            Optional<ByteSize> rateLimit,

            @Setting(
                    doc =
                            "Whether a backup begins at once (fast) or PostgreSQL takes its time for the checkpoint (spread).",
                    byDefault = "fast")
            Checkpoint checkpoint,

            @Setting(
                    doc = "How long a backup waits until its WAL is stored, before it has failed.",
                    byDefault = "10m",
                    min = "1s",
                    max = "24h")
            Duration walTimeout,

            @Setting(
                    doc =
                            "When backups are taken: five fields as in crontab, for example `0 2 * * *`; left out, only when asked for.")
            Optional<CronExpression> schedule,

            @Setting(doc = "The time zone that `backup.schedule` is meant in.", byDefault = "UTC")
            ZoneId timeZone,

            @Setting(doc = "Whether the first backup is taken at once if the repository has none.", byDefault = "false")
            boolean immediate,

            @Setting(
                    doc =
                            "A scheduled backup begins up to this much later, by chance, so that many servers do not begin at once.",
                    byDefault = "0s",
                    min = "0s",
                    max = "1h")
            Duration jitter) {

        public Backup {
            checkLevel(compression, compressionLevel);
        }

        /** The level to compress with: the one that is given, else the algorithm's own. */
        public int level() {
            return compressionLevel.orElse(compression.defaultLevel());
        }

        public enum Checkpoint {
            FAST,
            SPREAD
        }
    }

    /** How much of the backups and the WAL is kept; {@code backup prune} removes the rest. */
    public record Retention(
            @Setting(
                    doc = "How many good backups are kept, the latest ones; left out, they are not counted.",
                    min = "1",
                    max = "10000")
            Optional<Integer> redundancy,

            @Setting(doc = "How far back every moment stays recoverable; left out, only backups are counted.")
            Optional<Period> window,

            @Setting(
                    doc = "How many good backups stay in any case, however old they are.",
                    byDefault = "1",
                    min = "1",
                    max = "10000")
            int minimum) {

        /** The same for the archive. */
        public io.pgsidecar.archive.backup.Retention settings() {
            return new io.pgsidecar.archive.backup.Retention(redundancy, window, minimum);
        }
    }

    /** How WAL is brought back. */
    public record Restore(
            @Setting(
                    doc =
                            "How long a repository that cannot be reached is asked again before a restore fails; on a standby 5s at most.",
                    byDefault = "30s",
                    min = "0s",
                    max = "10m")
            Duration retryFor,

            @Setting(
                    doc = "How many segments are fetched ahead of a recovery; 0 for none.",
                    byDefault = "4",
                    min = "0",
                    max = "32")
            int prefetch,

            @Setting(
                    doc =
                            "The folder for fetched segments, outside PGDATA; left out, `spool` beside the control socket.")
            Optional<Path> spool,

            @Setting(
                    doc = "What the spool may take of its disk; a segment that does not fit is not fetched ahead.",
                    byDefault = "256MB",
                    min = "0kB",
                    max = "64GB")
            ByteSize spoolSize) {}

    /** The observation of the instance. */
    public record Probes(
            @Setting(doc = "The time between two observations.", byDefault = "1s", min = "100ms", max = "10s")
            Duration interval,

            @Setting(
                    doc = "An observation older than this does not count; longer than `probes.interval`.",
                    byDefault = "10s",
                    min = "1s",
                    max = "5m")
            Duration maxAge,

            @Setting(
                    doc = "A replica that is further behind is not ready; left out, it may be. See probes.md.",
                    min = "0kB",
                    max = "1024GB")
            Optional<ByteSize> maxLag,

            @Setting(
                    doc = "A replica whose data is older is not ready; left out, it may be. See probes.md.",
                    min = "1s",
                    max = "24h")
            Optional<Duration> maxLagTime,

            @Setting(
                    doc = "How long PostgreSQL may give no answer before `/livez` says 503; left out, for ever.",
                    min = "10s",
                    max = "24h")
            Optional<Duration> maxSilence) {

        public Probes {
            if (maxAge.compareTo(interval) <= 0) {
                throw new SettingException(
                        "maxAge", "must be longer than interval, which is " + ValueType.show(interval));
            }
        }

        /** What a replica must be within to be ready. */
        public List<LagLimit> lagLimits() {
            List<LagLimit> limits = new ArrayList<>();
            maxLag.ifPresent(most -> limits.add(new LagLimit.Bytes(most.bytes())));
            maxLagTime.ifPresent(most -> limits.add(new LagLimit.Age(most)));
            return limits;
        }
    }

    /** What Patroni's REST paths tell of this server. */
    public record Patroni(
            @Setting(doc = "The cluster's name in the answers of Patroni's paths; left out, `server`.")
            Optional<String> scope,

            @Setting(doc = "This server's name in them; left out, the variable `POD_NAME`, else the host's name.")
            Optional<String> name,

            @Setting(
                    doc = "What `?tag_zone=a` asks for: `zone=a,disk=ssd`. With `noloadbalance=true` `/replica`"
                            + " answers 503.")
            Optional<String> tags) {

        public Patroni {
            tags.ifPresent(Patroni::parse);
        }

        /** The tags by name. */
        public Map<String, String> tagsByName() {
            return tags.map(Patroni::parse).orElse(Map.of());
        }

        private static Map<String, String> parse(String text) {
            try {
                return KeyValues.parse(text);
            } catch (IllegalArgumentException e) {
                throw new SettingException("tags", "must be like zone=a,disk=ssd, each tag once");
            }
        }
    }

    /** The end of the process. */
    public record Shutdown(
            @Setting(
                    doc = "How long requests in flight may take after SIGTERM.",
                    byDefault = "20s",
                    min = "0s",
                    max = "10m")
            Duration timeout,

            @Setting(
                    doc = "How long, once PostgreSQL has exited, finished WAL that it no longer asked for is archived.",
                    byDefault = "20s",
                    min = "0s",
                    max = "10m")
            Duration sweep) {}

    /** The agent's own log. */
    public record Log(
            @Setting(doc = "How a line is written: for people or for programs.", byDefault = "text")
            Format format,

            @Setting(doc = "The least severe level that is written.", byDefault = "info")
            Level level) {

        public enum Format {
            TEXT,
            JSON
        }
    }

    private static void checkLevel(Compression compression, Optional<Integer> compressionLevel) {
        if (compressionLevel.isPresent()) {
            int level = compressionLevel.get();
            if (compression == Compression.NONE) {
                throw new SettingException("compressionLevel", "must be left out: compression is none");
            }
            if (level < compression.minLevel() || level > compression.maxLevel()) {
                throw new SettingException(
                        "compressionLevel",
                        "must be from %d to %d for %s"
                                .formatted(
                                        compression.minLevel(), compression.maxLevel(), ValueType.show(compression)));
            }
        }
    }
}
