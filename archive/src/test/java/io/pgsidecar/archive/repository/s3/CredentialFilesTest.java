package io.pgsidecar.archive.repository.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgsidecar.archive.repository.Content;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.ObjectStoreException.Reason;
import io.pgsidecar.archive.repository.PutMode;
import io.pgsidecar.archive.repository.s3.S3Settings.Credentials;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;

class CredentialFilesTest {

    @TempDir
    private Path folder;

    private Path id;
    private Path secret;
    private Path token;

    @BeforeEach
    void write() throws IOException {
        id = Files.writeString(folder.resolve("id"), "id-1\n");
        secret = Files.writeString(folder.resolve("secret"), "secret-1\r\n");
        token = folder.resolve("token");
    }

    @Test
    void areTakenWithoutTheLineEnd() {
        AwsCredentials credentials = new CredentialFiles(id, secret, null).resolveCredentials();
        assertThat(credentials.accessKeyId()).isEqualTo("id-1");
        assertThat(credentials.secretAccessKey()).isEqualTo("secret-1");
    }

    @Test
    void mayBeTemporary() throws IOException {
        Files.writeString(token, "token-1");
        assertThat(new CredentialFiles(id, secret, token).resolveCredentials())
                .isInstanceOfSatisfying(
                        AwsSessionCredentials.class,
                        session -> assertThat(session.sessionToken()).isEqualTo("token-1"));
    }

    @Test
    void countAsSoonAsTheyChange() throws IOException {
        try (TinyS3 server = new TinyS3();
                ObjectStore store =
                        S3Store.open(ServerSettings.of(server.endpoint()).with(Credentials.ofFiles(id, secret)))) {
            store.put(new ObjectKey("k"), Content.of("x"), PutMode.REPLACE);
            assertThat(server.requests().getLast().header("Authorization")).contains("Credential=id-1/");
            Files.writeString(id, "id-2");
            store.put(new ObjectKey("k"), Content.of("x"), PutMode.REPLACE);
            assertThat(server.requests().getLast().header("Authorization")).contains("Credential=id-2/");
        }
    }

    @Test
    void anOldIdNeverMeetsANewSecret() throws Exception {
        // As Kubernetes does it: all files of a secret change when a link is turned to another folder.
        for (int version = 1; version <= 2; version++) {
            Path files = Files.createDirectory(folder.resolve("v" + version));
            Files.writeString(files.resolve("id"), "id-" + version);
            Files.writeString(files.resolve("secret"), "secret-" + version);
        }
        Path data = Files.createSymbolicLink(folder.resolve("data"), folder.resolve("v1"));
        CredentialFiles files = new CredentialFiles(data.resolve("id"), data.resolve("secret"), null);
        AtomicBoolean done = new AtomicBoolean();
        try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
            Future<?> turning = threads.submit(() -> {
                for (int i = 0; i < 2_000; i++) {
                    Path link = Files.createSymbolicLink(folder.resolve("new"), folder.resolve("v" + (1 + i % 2)));
                    Files.move(link, data, StandardCopyOption.ATOMIC_MOVE);
                    Thread.sleep(0, 200_000);
                }
                done.set(true);
                return null;
            });
            while (!done.get() && !turning.isDone()) {
                AwsCredentials read = files.resolveCredentials();
                assertThat(read.secretAccessKey()).isEqualTo(read.accessKeyId().replace("id", "secret"));
            }
            turning.get();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " \n", "AKIA SECRET", "[default]\naws_access_key_id = x"})
    void aFileThatHoldsSomethingElseIsNamedButNotShown(String content) throws IOException {
        Files.writeString(id, content);
        assertThatThrownBy(() -> new CredentialFiles(id, secret, null).resolveCredentials())
                .hasMessageContaining("accessKeyIdFile")
                .hasMessageContaining(id.toString())
                .message()
                .doesNotContain("AKIA");
    }

    @Test
    void aFileThatIsMissingDeniesAndIsLookedForAgain() throws IOException {
        Files.delete(secret);
        try (TinyS3 server = new TinyS3();
                ObjectStore store =
                        S3Store.open(ServerSettings.of(server.endpoint()).with(Credentials.ofFiles(id, secret)))) {
            assertThatThrownBy(() -> store.stat(new ObjectKey("k")))
                    .isInstanceOfSatisfying(
                            ObjectStoreException.class,
                            e -> assertThat(e.reason()).isEqualTo(Reason.DENIED))
                    .hasMessageContaining("secretAccessKeyFile " + secret);
            assertThat(server.requests()).isEmpty();
            Files.writeString(secret, "secret-1");
            assertThat(store.stat(new ObjectKey("k"))).isEmpty();
        }
    }

    @Test
    void noMessageShowsThem() throws IOException {
        Files.writeString(secret, "very-secret-value");
        CredentialFiles files = new CredentialFiles(id, secret, null);
        assertThat(files.toString() + files.resolveCredentials()).doesNotContain("very-secret-value");
        try (TinyS3 server = new TinyS3();
                ObjectStore store =
                        S3Store.open(ServerSettings.of(server.endpoint()).with(Credentials.ofFiles(id, secret)))) {
            server.script((request, inner) -> TinyS3.Answer.error(403, "SignatureDoesNotMatch"));
            assertThatThrownBy(() -> store.stat(new ObjectKey("k"))).message().doesNotContain("very-secret-value");
        }
    }
}
