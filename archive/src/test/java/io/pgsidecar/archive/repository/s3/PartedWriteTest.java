package io.pgsidecar.archive.repository.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgsidecar.archive.repository.Content;
import io.pgsidecar.archive.repository.InputStreams;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.ObjectStoreException.Reason;
import io.pgsidecar.archive.repository.ObjectWriter;
import io.pgsidecar.archive.repository.PutMode;
import io.pgsidecar.archive.repository.s3.S3Settings.ConditionalCreate;
import io.pgsidecar.archive.repository.s3.S3Settings.Writing;
import io.pgsidecar.archive.repository.s3.TinyS3.Answer;
import java.io.IOException;
import java.io.InputStream;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Uploads in parts: what is sent, what becomes of them when something fails, and what is never published. */
class PartedWriteTest {

    private static final ObjectKey KEY = new ObjectKey("base/data.tar");
    private static final int PART = 5 << 20;
    private static final String ERROR_IN_A_SUCCESS =
            "<?xml version=\"1.0\"?>\n<Error><Code>InternalError</Code><Message>We failed</Message></Error>";

    private TinyS3 server;
    private ObjectStore store;

    @BeforeEach
    void open() {
        server = new TinyS3();
        store = S3Store.open(ServerSettings.of(server.endpoint()).with(Writing.DEFAULT.with(ConditionalCreate.NATIVE)));
    }

    @AfterEach
    void close() throws IOException {
        store.close();
        server.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, PART - 1, PART})
    void whatFitsIntoOnePartIsOneRequest(int size) throws Exception {
        byte[] content = random(size);
        write(content);
        assertThat(server.summaries()).containsExactly("Put base/data.tar");
        assertThat(server.content(KEY.value())).isEqualTo(content);
    }

    @Test
    void whatDoesNotGoesInParts() throws Exception {
        byte[] content = random(2 * PART + 1);
        write(content);
        assertThat(server.summaries())
                .containsExactly(
                        "Begin base/data.tar",
                        "Part base/data.tar",
                        "Part base/data.tar",
                        "Part base/data.tar",
                        "Complete base/data.tar");
        assertThat(server.requests().stream()
                        .filter(r -> r.summary().startsWith("Part"))
                        .map(r -> r.body().length))
                .containsExactly(PART, PART, 1);
        assertThat(server.content(KEY.value())).isEqualTo(content);
    }

    @Test
    void contentOfAKnownLengthThatIsLargeGoesInPartsToo() throws Exception {
        int length = 65 << 20;
        store.put(KEY, content(length, length), PutMode.CREATE);
        assertThat(server.summaries()).contains("Complete base/data.tar");
        assertThat(server.content(KEY.value())).hasSize(length);
        assertThatThrownBy(() -> store.put(KEY, content(length, length - 1), PutMode.REPLACE))
                .hasMessageContaining("only " + (length - 1));
        assertThat(server.content(KEY.value())).hasSize(length);
        assertThat(server.openUploads()).isZero();
    }

    @Test
    void closeWithoutCommitAborts() throws Exception {
        try (ObjectWriter writer = store.newWriter(KEY, PutMode.CREATE)) {
            writer.stream().write(random(PART + 1));
            assertThat(server.openUploads()).isEqualTo(1);
        }
        assertThat(server.openUploads()).isZero();
        assertThat(server.objects()).isEmpty();
    }

    @Test
    void anAbortThatFailsIsNoError() throws Exception {
        server.script(
                (request, inner) -> request.summary().startsWith("Abort") ? Answer.error(403, "AccessDenied") : null);
        try (ObjectWriter writer = store.newWriter(KEY, PutMode.CREATE)) {
            writer.stream().write(random(PART + 1));
        }
        assertThat(server.objects()).isEmpty();
    }

    @Test
    void aPartThatFailsFailsTheCommitTooAndIsAborted() throws Exception {
        server.script(
                (request, inner) -> request.summary().startsWith("Part") ? Answer.error(403, "AccessDenied") : null);
        try (ObjectWriter writer = store.newWriter(KEY, PutMode.CREATE)) {
            assertThatThrownBy(() -> writer.stream().write(random(PART + 1)))
                    .isInstanceOfSatisfying(
                            ObjectStoreException.class,
                            e -> assertThat(e.reason()).isEqualTo(Reason.DENIED))
                    .hasMessageContaining("part 1");
            assertThatThrownBy(() -> writer.stream().write(1)).isInstanceOf(IOException.class);
            assertThatThrownBy(writer::commit)
                    .isInstanceOfSatisfying(
                            ObjectStoreException.class,
                            e -> assertThat(e.reason()).isEqualTo(Reason.DENIED))
                    .hasMessageContaining("a write failed before");
        }
        assertThat(server.openUploads()).isZero();
        assertThat(server.objects()).isEmpty();
    }

    @Test
    void aPartIsSentAgainWhenTheStoreFails() throws Exception {
        AtomicInteger parts = new AtomicInteger();
        server.script((request, inner) -> request.summary().startsWith("Part") && parts.incrementAndGet() % 2 == 1
                ? Answer.error(500, "InternalError")
                : null);
        byte[] content = random(PART + 1000);
        write(content);
        assertThat(server.content(KEY.value())).isEqualTo(content);
    }

    @Test
    void aCompletionThatFailsWithStatus200IsAnError() {
        server.script((request, inner) ->
                request.summary().startsWith("Complete") ? Answer.of(200, ERROR_IN_A_SUCCESS) : null);
        assertThatThrownBy(() -> write(random(PART + 1)))
                .isInstanceOfSatisfying(
                        ObjectStoreException.class, e -> assertThat(e.reason()).isEqualTo(Reason.UNAVAILABLE))
                .hasMessageContaining("InternalError");
        assertThat(server.objects()).isEmpty();
        assertThat(server.summaries())
                .as("the store may still be at it, so its parts are left to it")
                .noneMatch(s -> s.startsWith("Abort"));
    }

    @Test
    void aCompletionThatFailsWithStatus200IsTriedAgain() throws Exception {
        AtomicInteger completions = new AtomicInteger();
        server.script((request, inner) -> request.summary().startsWith("Complete") && completions.getAndIncrement() == 0
                ? Answer.of(200, ERROR_IN_A_SUCCESS)
                : null);
        byte[] content = random(PART + 1);
        write(content);
        assertThat(server.content(KEY.value())).isEqualTo(content);
    }

    @Test
    void aCompletionWithoutAnETagIsNoSuccess() {
        server.script((request, inner) ->
                request.summary().startsWith("Complete") ? Answer.of(200, "<html>Welcome</html>") : null);
        assertThatThrownBy(() -> write(random(PART + 1))).hasMessageContaining("not one of an S3 store");
        assertThat(server.summaries()).noneMatch(s -> s.startsWith("Abort"));
    }

    @Test
    void aCompletionThatIsRefusedIsAborted() {
        server.script(
                (request, inner) -> request.summary().startsWith("Complete") ? Answer.error(400, "InvalidPart") : null);
        assertThatThrownBy(() -> write(random(PART + 1))).hasMessageContaining("InvalidPart");
        assertThat(server.openUploads()).isZero();
    }

    @Test
    void aCompletionWhoseAnswersAllGetLostIsASuccessIfTheObjectIsOurs() throws Exception {
        server.script((request, inner) -> {
            if (request.summary().startsWith("Complete")) {
                inner.answer(request);
                return Answer.error(503, "SlowDown");
            }
            return null;
        });
        byte[] content = random(PART + 1);
        write(content);
        assertThat(server.content(KEY.value())).isEqualTo(content);
    }

    @Test
    void aPutWithoutAnETagIsNoSuccess() {
        server.script((request, inner) -> Answer.of(200, "<html>Please log in</html>"));
        assertThatThrownBy(() -> store.put(KEY, Content.of("x"), PutMode.REPLACE))
                .hasMessageContaining("not one of an S3 store");
    }

    private void write(byte[] content) throws IOException {
        try (ObjectWriter writer = store.newWriter(KEY, PutMode.CREATE)) {
            for (int at = 0; at < content.length; at += 100_000) {
                writer.stream().write(content, at, Math.min(100_000, content.length - at));
            }
            writer.commit();
        }
    }

    private static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    private static Content content(int length, int real) {
        return new Content() {
            @Override
            public long length() {
                return length;
            }

            @Override
            public InputStream openStream() {
                return InputStreams.ofLength(real);
            }
        };
    }
}
