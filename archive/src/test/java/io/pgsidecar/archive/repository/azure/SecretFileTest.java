package io.pgsidecar.archive.repository.azure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.ObjectStoreException.Reason;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretFileTest {

    @TempDir
    private Path folder;

    private Path file;
    private SecretFile secret;

    @BeforeEach
    void make() {
        file = folder.resolve("sas");
        secret = new SecretFile("sasTokenFile", file);
    }

    @Test
    void whiteSpaceAroundTheSecretIsNoPartOfIt() throws Exception {
        Files.writeString(file, " \n a b\n\n");
        assertThat(secret.read()).isEqualTo("a b");
    }

    @Test
    void aChangeIsSeenEvenIfSizeAndTimeStayTheSame() throws Exception {
        Files.writeString(file, "old");
        FileTime time = Files.getLastModifiedTime(file);
        assertThat(secret.read()).isEqualTo("old");
        Files.writeString(file, "new");
        Files.setLastModifiedTime(file, time);
        assertThat(secret.read()).isEqualTo("new");
    }

    /** As Kubernetes does it with a mounted secret. */
    @Test
    void aLinkThatLeadsElsewhereIsSeen() throws Exception {
        Path one = Files.writeString(folder.resolve("one"), "1");
        Path two = Files.writeString(folder.resolve("two"), "2");
        Files.createSymbolicLink(file, one);
        assertThat(secret.read()).isEqualTo("1");
        Files.delete(file);
        Files.createSymbolicLink(file, two);
        assertThat(secret.read()).isEqualTo("2");
    }

    @Test
    void whatWasReadLastCountsWhileThereIsNoFile() throws Exception {
        Files.writeString(file, "secret");
        assertThat(secret.read()).isEqualTo("secret");
        Files.delete(file);
        assertThat(secret.read()).isEqualTo("secret");
        Files.writeString(file, "");
        assertThat(secret.read()).isEqualTo("secret");
        Files.writeString(file, "another");
        assertThat(secret.read()).isEqualTo("another");
    }

    @Test
    void aFileThatIsNotThereOrIsEmptyIsNamed() throws Exception {
        assertRefused("does not exist");
        Files.writeString(file, " \n");
        assertRefused("is empty");
        Files.delete(file);
        Files.createDirectory(file);
        assertRefused("cannot be read");
    }

    private void assertRefused(String why) {
        assertThatThrownBy(secret::read)
                .isInstanceOfSatisfying(
                        ObjectStoreException.class, e -> assertThat(e.reason()).isEqualTo(Reason.DENIED))
                .hasMessageContainingAll("sasTokenFile", file.toString(), why);
    }
}
