package io.pgsidecar.archive.repository.azure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.azure.AzureSettings.Connection;
import io.pgsidecar.archive.repository.azure.AzureSettings.Credentials;
import io.pgsidecar.archive.repository.azure.AzureSettings.Identity;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AzureSettingsTest {

    private static final Credentials KEY = Credentials.accountKey(Path.of("/key"));
    private static final Credentials SAS = Credentials.sasToken(Path.of("/sas"));
    private static final Credentials MANAGED = Credentials.identity(Identity.MANAGED, Optional.empty());

    @Test
    void theDefaultsAreThese() {
        assertThat(Connection.DEFAULT)
                .isEqualTo(new Connection(
                        Optional.empty(),
                        Optional.empty(),
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(20),
                        Duration.ofSeconds(60),
                        4));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"wal", "wal-archive-2", "0-1", "012345678901234567890123456789012345678901234567890123456789012"
            })
    void containersNames(String name) {
        assertThatCode(() -> settings("account", null, name, KEY)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "ab", "Wal", "wal_archive", "-wal", "wal-", "wal--archive", "wal/archive", "$root"})
    void noContainersNames(String name) {
        assertThatThrownBy(() -> settings("account", null, name, KEY))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("container \"" + name + "\"", "3 to 63");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "ab", "Account", "my-account", "https://account"})
    void noAccountsNames(String name) {
        assertThatThrownBy(() -> settings(name, null, "wal", KEY))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("account \"" + name + "\"", "3 to 24");
    }

    @Test
    void theAccountIsNamedOnceAndWhereItIsNeeded() {
        assertThatCode(() -> settings(null, "https://a.blob.core.chinacloudapi.cn", "wal", SAS))
                .doesNotThrowAnyException();
        assertThatCode(() -> settings("account", "http://127.0.0.1:10000/account", "wal", KEY))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> settings(null, null, "wal", SAS)).hasMessageContaining("account is missing");
        assertThatThrownBy(() -> settings(null, "https://a.example", "wal", KEY))
                .hasMessageContainingAll("account is missing", "accountKeyFile");
        Credentials string = Credentials.connectionString(Path.of("/string"));
        assertThatCode(() -> settings(null, null, "wal", string)).doesNotThrowAnyException();
        assertThatThrownBy(() -> settings("account", null, "wal", string)).hasMessageContaining("must be left out");
        assertThatThrownBy(() -> settings(null, "https://a.example", "wal", string))
                .hasMessageContaining("must be left out");
    }

    @ParameterizedTest
    @ValueSource(strings = {"account.blob.core.windows.net", "ftp://host", "https:///path", "https://user@host"})
    void noEndpoints(String endpoint) {
        assertThatThrownBy(() -> settings("account", endpoint, "wal", SAS))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("endpoint", "https://HOST");
    }

    @Test
    void aSignatureThatWasPastedWithTheEndpointIsNotShown() {
        assertThatThrownBy(() -> settings("account", "https://a.example/?sv=1&sig=secret", "wal", SAS))
                .hasMessageContaining("endpoint")
                .hasMessageNotContaining("secret");
    }

    @Test
    void aTokenIsNotSentInClearText() {
        assertThatThrownBy(() -> settings("account", "http://127.0.0.1:10000/account", "wal", MANAGED))
                .hasMessageContainingAll("http://127.0.0.1:10000/account", "must be https");
    }

    @Test
    void allThatIsWrongIsNamedAtOnce() {
        assertThatThrownBy(() -> settings("A", "ftp://x", "W", KEY))
                .hasMessageContainingAll("container \"W\"", "account \"A\"", "endpoint \"ftp://x\"");
    }

    @Test
    void exactlyOneKindOfCredentials() {
        Optional<Path> file = Optional.of(Path.of("/x"));
        Optional<Path> none = Optional.empty();
        assertThatThrownBy(() -> new Credentials(none, none, none, Optional.empty(), Optional.empty()))
                .hasMessageContainingAll("none is of accountKeyFile, sasTokenFile", "exactly one");
        assertThatThrownBy(() -> new Credentials(file, file, none, Optional.of(Identity.MANAGED), Optional.empty()))
                .hasMessageContainingAll("3 are of", "exactly one");
        assertThatThrownBy(() -> new Credentials(file, none, none, Optional.empty(), Optional.of("id")))
                .hasMessageContaining("clientId goes only with identity");
        assertThatCode(() -> Credentials.identity(Identity.WORKLOAD, Optional.of("id")))
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(strings = {"proxy:3128", "https://proxy:3128", "http://proxy", "http://proxy:3128/path"})
    void noProxies(String proxy) {
        assertThatThrownBy(() -> connection(proxy, Duration.ofSeconds(1), 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("proxy \"" + proxy + "\"", "http://HOST:PORT");
    }

    @Test
    void whatAConnectionCannotHave() {
        assertThatThrownBy(() -> connection("http://user:secret@proxy:3128", Duration.ofSeconds(1), 1))
                .hasMessageContaining("must not name a user")
                .hasMessageNotContaining("secret");
        assertThatThrownBy(() -> connection("http://proxy:3128", Duration.ZERO, 0))
                .hasMessageContainingAll("connectTimeout is PT0S", "requestTimeout", "timeout", "attempts is 0");
        assertThatCode(() -> connection("http://proxy:3128/", Duration.ofMillis(1), 1))
                .doesNotThrowAnyException();
    }

    private static Connection connection(String proxy, Duration timeout, int attempts) {
        return new Connection(Optional.empty(), Optional.of(URI.create(proxy)), timeout, timeout, timeout, attempts);
    }

    private static AzureSettings settings(
            @Nullable String account, @Nullable String endpoint, String container, Credentials credentials) {
        return new AzureSettings(
                Optional.ofNullable(account),
                Optional.ofNullable(endpoint).map(URI::create),
                container,
                ObjectKey.ROOT,
                credentials,
                Optional.empty(),
                Connection.DEFAULT);
    }
}
