package io.pgsidecar.archive.repository.filesystem;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.ObjectStoreException.Reason;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class FilesystemErrorsTest {

    private static final Path FILE = Path.of("/repository/main/object");

    static Stream<Arguments> errors() {
        return Stream.of(
                Arguments.of(new AccessDeniedException("f"), Reason.DENIED, "Permission denied"),
                Arguments.of(new FileSystemException("f", null, "Read-only file system"), Reason.DENIED, "Read-only"),
                Arguments.of(new FileSystemException("f", null, "Operation not permitted"), Reason.DENIED, "permitted"),
                Arguments.of(new IOException("No space left on device"), Reason.UNAVAILABLE, "No space left"),
                Arguments.of(new IOException("Disk quota exceeded"), Reason.UNAVAILABLE, "quota exceeded"),
                Arguments.of(new IOException("Input/output error"), Reason.UNAVAILABLE, "Input/output error"),
                Arguments.of(new NoSuchFileException("f"), Reason.UNAVAILABLE, "No such file"),
                Arguments.of(new FileAlreadyExistsException("f"), Reason.UNAVAILABLE, "File exists"),
                Arguments.of(new IOException(), Reason.UNAVAILABLE, "IOException"),
                Arguments.of(new ClosedByInterruptException(), Reason.UNAVAILABLE, "ClosedByInterruptException"),
                Arguments.of(
                        new FileSystemException("f", "g", "Invalid cross-device link"),
                        Reason.OTHER,
                        "another file system"),
                Arguments.of(
                        new AtomicMoveNotSupportedException("f", "g", "Invalid cross-device link"),
                        Reason.OTHER,
                        "another file system"));
    }

    @ParameterizedTest
    @MethodSource("errors")
    void tellsWhatCanBeDoneAndKeepsTheSystemsWords(IOException error, Reason reason, String words) {
        ObjectStoreException translated = FilesystemErrors.translate("cannot write", FILE, error);
        assertThat(translated.reason()).isEqualTo(reason);
        assertThat(translated).hasMessageStartingWith("cannot write " + FILE).hasMessageContaining(words);
        assertThat(translated).hasCause(error);
    }

    @Test
    void isDoneOnce() {
        ObjectStoreException already = new ObjectStoreException(Reason.OTHER, "said", null);
        assertThat(FilesystemErrors.translate("cannot write", FILE, already)).isSameAs(already);
    }

    @Test
    void onlyAFullDiskIsFull() {
        assertThat(FilesystemErrors.full(new IOException("No space left on device")))
                .isTrue();
        assertThat(FilesystemErrors.full(new FileSystemException("f", null, "Disk quota exceeded")))
                .isTrue();
        assertThat(FilesystemErrors.full(new IOException("Input/output error"))).isFalse();
        assertThat(FilesystemErrors.full(new IOException())).isFalse();
    }
}
