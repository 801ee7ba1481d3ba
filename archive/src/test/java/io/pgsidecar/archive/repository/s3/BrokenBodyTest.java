package io.pgsidecar.archive.repository.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgsidecar.archive.repository.Content;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.ObjectStoreException.Reason;
import io.pgsidecar.archive.repository.PutMode;
import io.pgsidecar.archive.repository.s3.TinyS3.Answer;
import io.pgsidecar.archive.repository.s3.TinyS3.Request;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers to GET that break off. A short read must never look like the end of the object. */
class BrokenBodyTest {

    private static final ObjectKey KEY = new ObjectKey("wals/segment");
    private static final int SIZE = 200_000;

    private final byte[] content = new byte[SIZE];
    private TinyS3 server;
    private ObjectStore store;

    @BeforeEach
    void open() throws IOException {
        new Random(3).nextBytes(content);
        server = new TinyS3();
        S3Settings settings = ServerSettings.of(server.endpoint());
        store = S3Store.open(settings.with(new S3Settings.Timeouts(
                settings.timeouts().connect(),
                settings.timeouts().request(),
                settings.timeouts().total(),
                4)));
        store.put(KEY, Content.of(content), PutMode.REPLACE);
    }

    @AfterEach
    void close() throws IOException {
        store.close();
        server.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 70_000, SIZE - 1})
    void isReadOnFromWhereItBroke(int broken) throws Exception {
        server.script((request, inner) -> isGet(request) && request.header("Range") == null && gets() == 1
                ? inner.answer(request).cutTo(broken)
                : null);
        assertThat(readAll(0)).isEqualTo(content);
        Request second = server.requests().getLast();
        if (broken > 0) {
            assertThat(second.header("Range")).isEqualTo("bytes=" + broken + "-");
            assertThat(second.header("If-Match")).isEqualTo("\"e1\"");
        }
    }

    @Test
    void isReadOnSeveralTimesAlsoFromTheMiddle() throws Exception {
        server.script((request, inner) ->
                isGet(request) && gets() < 4 ? inner.answer(request).cutTo(30_000) : null);
        assertThat(readAll(50_000)).isEqualTo(Arrays.copyOfRange(content, 50_000, SIZE));
    }

    @Test
    void thatBreaksForEverIsAnError() throws Exception {
        server.script((request, inner) -> isGet(request) ? inner.answer(request).cutTo(1_000) : null);
        try (InputStream in = store.open(KEY, 0)) {
            assertThatThrownBy(in::readAllBytes)
                    .isInstanceOfSatisfying(
                            ObjectStoreException.class,
                            e -> assertThat(e.reason()).isEqualTo(Reason.UNAVAILABLE))
                    .hasMessageContaining("at byte 4000 of 200000");
        }
        assertThat(gets()).isEqualTo(4);
    }

    @Test
    void ofAnObjectThatWasReplacedMeanwhileIsAnError() throws Exception {
        server.script((request, inner) ->
                isGet(request) && gets() == 1 ? inner.answer(request).cutTo(1_000) : null);
        try (InputStream in = store.open(KEY, 0)) {
            assertThat(in.readNBytes(1_000)).isEqualTo(Arrays.copyOf(content, 1_000));
            store.put(KEY, Content.of(new byte[SIZE]), PutMode.REPLACE);
            assertThatThrownBy(in::readAllBytes).hasMessageContaining("replaced or removed while it was read");
        }
    }

    @Test
    void ofAnObjectThatWasRemovedMeanwhileProvesNoAbsence() throws Exception {
        server.script((request, inner) ->
                isGet(request) && gets() == 1 ? inner.answer(request).cutTo(1_000) : null);
        try (InputStream in = store.open(KEY, 0)) {
            in.readNBytes(1_000);
            store.delete(List.of(KEY));
            assertThatThrownBy(in::readAllBytes)
                    .isInstanceOfSatisfying(
                            ObjectStoreException.class,
                            e -> assertThat(e.reason()).isEqualTo(Reason.UNAVAILABLE));
        }
    }

    @Test
    void thatIsContinuedWithTheWholeObjectIsAnError() throws Exception {
        server.script((request, inner) -> {
            if (!isGet(request)) {
                return null;
            }
            Answer whole = inner.answer(
                    new Request(request.method(), request.path(), request.query(), Map.of(), request.body()));
            return gets() == 1 ? whole.cutTo(1_000) : whole;
        });
        try (InputStream in = store.open(KEY, 0)) {
            assertThatThrownBy(in::readAllBytes).hasMessageContaining("not the range that was asked for");
        }
    }

    @Test
    void toCloseBeforeTheEndReadsNothingMore() throws Exception {
        InputStream in = store.open(KEY, 0);
        in.read();
        in.close();
        in.close();
        assertThatThrownBy(in::read).isInstanceOf(IOException.class);
        assertThat(store.stat(KEY)).isPresent();
        assertThat(gets()).isEqualTo(1);
    }

    private byte[] readAll(long offset) throws IOException {
        try (InputStream in = store.open(KEY, offset)) {
            return in.readAllBytes();
        }
    }

    private long gets() {
        return server.requests().stream().filter(BrokenBodyTest::isGet).count();
    }

    private static boolean isGet(Request request) {
        return request.summary().startsWith("Get");
    }
}
