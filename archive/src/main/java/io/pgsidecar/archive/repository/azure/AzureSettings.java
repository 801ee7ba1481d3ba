package io.pgsidecar.archive.repository.azure;

import io.pgsidecar.archive.repository.ObjectKey;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Where a repository in Azure Blob Storage lies and how it is reached. What cannot work is an
 * {@link IllegalArgumentException} that names all that is wrong, and what would be right.
 *
 * @param account the storage account's name; not given with a connection string, which names it
 * @param endpoint the blob service's address, for sovereign clouds ({@code https://NAME.blob.core.chinacloudapi.cn})
 *     and Azurite ({@code http://127.0.0.1:10000/NAME}); default {@code https://ACCOUNT.blob.core.windows.net}
 * @param container must exist
 * @param prefix below which all objects lie; {@link ObjectKey#ROOT} for none
 * @param accessTier of new objects; default is the account's own
 */
public record AzureSettings(
        Optional<String> account,
        Optional<URI> endpoint,
        String container,
        ObjectKey prefix,
        Credentials credentials,
        Optional<Tier> accessTier,
        Connection connection) {

    private static final Pattern ACCOUNT = Pattern.compile("[a-z0-9]{3,24}");
    private static final Pattern CONTAINER = Pattern.compile("(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*");

    public AzureSettings {
        List<String> problems = new ArrayList<>();
        if (!CONTAINER.matcher(container).matches()) {
            problems.add(("container \"%s\" is no container's name: 3 to 63 lower-case letters, digits and single"
                            + " hyphens, first and last a letter or digit")
                    .formatted(container));
        }
        if (account.isPresent() && !ACCOUNT.matcher(account.get()).matches()) {
            problems.add("account \"%s\" is no storage account's name: 3 to 24 lower-case letters and digits"
                    .formatted(account.get()));
        }
        endpoint.ifPresent(uri -> checkEndpoint(uri, credentials, problems));
        if (credentials.connectionStringFile().isPresent()) {
            if (account.isPresent() || endpoint.isPresent()) {
                problems.add("account and endpoint must be left out: the connection string names them");
            }
        } else if (account.isEmpty() && endpoint.isEmpty()) {
            problems.add("account is missing: give the storage account's name, or its blob endpoint");
        } else if (credentials.accountKeyFile().isPresent() && account.isEmpty()) {
            problems.add("account is missing: accountKeyFile needs it beside endpoint");
        }
        refuse(problems);
    }

    /**
     * Who asks. Exactly one of the three files and {@code identity} is given. A file is read again at each request, so a
     * rotated secret is picked up; white space around the secret is ignored.
     *
     * @param accountKeyFile one of the account's two keys, as the portal shows it
     * @param sasTokenFile a shared access signature, from {@code sv=} on
     * @param connectionStringFile as the portal shows it, with an account key or a signature
     * @param identity Microsoft Entra ID, by the machine's or the pod's own identity
     * @param clientId which user-assigned identity; only with {@code identity}. Default: the system-assigned one, or
     *     for workload identity that of the service account
     */
    public record Credentials(
            Optional<Path> accountKeyFile,
            Optional<Path> sasTokenFile,
            Optional<Path> connectionStringFile,
            Optional<Identity> identity,
            Optional<String> clientId) {

        public Credentials {
            List<String> problems = new ArrayList<>();
            long given = Stream.of(accountKeyFile, sasTokenFile, connectionStringFile, identity)
                    .filter(Optional::isPresent)
                    .count();
            if (given != 1) {
                problems.add(("%s of accountKeyFile, sasTokenFile, connectionStringFile and identity given: give"
                                + " exactly one")
                        .formatted(given == 0 ? "none is" : given + " are"));
            }
            if (clientId.isPresent() && identity.isEmpty()) {
                problems.add("clientId goes only with identity: leave it out");
            }
            refuse(problems);
        }

        public static Credentials accountKey(Path file) {
            return new Credentials(
                    Optional.of(file), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
        }

        public static Credentials sasToken(Path file) {
            return new Credentials(
                    Optional.empty(), Optional.of(file), Optional.empty(), Optional.empty(), Optional.empty());
        }

        public static Credentials connectionString(Path file) {
            return new Credentials(
                    Optional.empty(), Optional.empty(), Optional.of(file), Optional.empty(), Optional.empty());
        }

        public static Credentials identity(Identity identity, Optional<String> clientId) {
            return new Credentials(
                    Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(identity), clientId);
        }

        /** The file that holds the secret, of whichever kind; empty with {@code identity}. */
        Optional<Path> file() {
            return accountKeyFile.or(() -> sasTokenFile).or(() -> connectionStringFile);
        }
    }

    /** By which means an identity of Microsoft Entra ID is proven. */
    public enum Identity {
        /** The identity of the virtual machine, scale set or container instance. */
        MANAGED,
        /** The Kubernetes service account's, exchanged for a token (Azure Workload Identity). */
        WORKLOAD,
        /** The first that is there: {@code AZURE_*} variables, workload identity, managed identity. */
        DEFAULT
    }

    /** Where new objects are kept. There is no {@code ARCHIVE}: what is there cannot be read for hours. */
    public enum Tier {
        HOT,
        COOL,
        COLD
    }

    /**
     * How the service is spoken to.
     *
     * @param caFile certificates (PEM) that are trusted besides Java's own; read again when it changes
     * @param proxy as in {@code http://proxy:3128}; default is what {@code HTTPS_PROXY} and {@code NO_PROXY} say
     * @param connectTimeout of one connect
     * @param requestTimeout until a request is answered, and between two reads of an answer
     * @param timeout of an operation with all its tries and the pauses between them; for uploads and downloads it is
     *     that of each block
     * @param attempts how often a request is tried before it fails, from 1 on; pauses grow from half a second to eight,
     *     or are as long as the service says
     */
    public record Connection(
            Optional<Path> caFile,
            Optional<URI> proxy,
            Duration connectTimeout,
            Duration requestTimeout,
            Duration timeout,
            int attempts) {

        /** No proxy or authority of its own; 5 seconds to connect, 20 a request, 60 in all, 4 attempts. */
        public static final Connection DEFAULT = new Connection(
                Optional.empty(),
                Optional.empty(),
                Duration.ofSeconds(5),
                Duration.ofSeconds(20),
                Duration.ofSeconds(60),
                4);

        public Connection {
            List<String> problems = new ArrayList<>();
            proxy.ifPresent(uri -> checkProxy(uri, problems));
            checkPositive("connectTimeout", connectTimeout, problems);
            checkPositive("requestTimeout", requestTimeout, problems);
            checkPositive("timeout", timeout, problems);
            if (attempts < 1) {
                problems.add("attempts is %d and must be at least 1".formatted(attempts));
            }
            refuse(problems);
        }
    }

    private static void checkEndpoint(URI uri, Credentials credentials, List<String> problems) {
        String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        boolean plain = uri.getRawQuery() == null && uri.getRawFragment() == null && uri.getRawUserInfo() == null;
        if (!(scheme.equals("https") || scheme.equals("http")) || uri.getHost() == null || !plain) {
            // A signature may have been pasted with it: what is not plain is not shown.
            problems.add("endpoint %sis no address of a blob service: give https://HOST, without a query or user"
                    .formatted(plain ? "\"" + uri + "\" " : ""));
        } else if (scheme.equals("http") && credentials.identity().isPresent()) {
            problems.add("endpoint \"%s\" must be https: a token of identity is not sent in clear text".formatted(uri));
        }
    }

    private static void checkProxy(URI uri, List<String> problems) {
        boolean path = uri.getRawPath() != null
                && !uri.getRawPath().isEmpty()
                && !uri.getRawPath().equals("/");
        if (uri.getRawUserInfo() != null) {
            problems.add("proxy must not name a user: Java does not log in to a proxy for https");
        } else if (!"http".equalsIgnoreCase(uri.getScheme()) || uri.getHost() == null || uri.getPort() < 0 || path) {
            problems.add("proxy \"%s\" is no proxy's address: give http://HOST:PORT".formatted(uri));
        }
    }

    private static void checkPositive(String name, Duration value, List<String> problems) {
        if (!value.isPositive()) {
            problems.add("%s is %s and must be positive".formatted(name, value));
        }
    }

    private static void refuse(List<String> problems) {
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", problems));
        }
    }
}
