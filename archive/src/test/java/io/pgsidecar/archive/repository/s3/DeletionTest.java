package io.pgsidecar.archive.repository.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.ObjectStoreException.Reason;
import io.pgsidecar.archive.repository.s3.TinyS3.Answer;
import io.pgsidecar.archive.repository.s3.TinyS3.Request;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeletionTest {

    private TinyS3 server;
    private ObjectStore store;

    @BeforeEach
    void open() {
        server = new TinyS3();
        store = S3Store.open(ServerSettings.of(server.endpoint()));
    }

    @AfterEach
    void close() throws IOException {
        store.close();
        server.close();
    }

    @Test
    void takesAThousandAtOnceWithAChecksumThatEveryStoreKnows() throws Exception {
        store.delete(keep(2_001));
        assertThat(server.objects()).isEmpty();
        assertThat(server.summaries()).containsExactly("DeleteMany", "DeleteMany", "Delete k/02000");
        assertThat(server.requests().getFirst().header("Content-MD5")).isNotNull();
    }

    @ParameterizedTest
    @CsvSource({"501, NotImplemented", "405, MethodNotAllowed", "400, InvalidRequest", "400, MissingContentMD5"})
    void goesOneByOneWhereTheStoreKnowsNoOther(int status, String code) throws Exception {
        server.script((request, inner) -> isMany(request) ? Answer.error(status, code) : null);
        store.delete(keep(3));
        store.delete(keep(3));
        assertThat(server.objects()).isEmpty();
        assertThat(server.requests())
                .filteredOn(DeletionTest::isMany)
                .as("asked once")
                .hasSize(1);
    }

    @Test
    void namesWhatCouldNotBeDeleted() {
        server.script((request, inner) -> isMany(request) ? Answer.of(200, """
                <DeleteResult>
                  <Error><Key>k/1</Key><Code>AccessDenied</Code><Message>locked</Message></Error>
                  <Error><Key>k/2</Key><Code>InternalError</Code><Message>oops</Message></Error>
                </DeleteResult>""") : null);
        assertThatThrownBy(() -> store.delete(keep(3)))
                .isInstanceOfSatisfying(
                        ObjectStoreException.class, e -> assertThat(e.reason()).isEqualTo(Reason.DENIED))
                .hasMessageContaining("2 objects")
                .hasMessageContaining("k/1: AccessDenied \"locked\"")
                .hasMessageContaining("k/2: InternalError");
    }

    @Test
    void aStoreThatFailsIsNotAskedOneByOne() {
        server.script((request, inner) -> isMany(request) ? Answer.error(503, "SlowDown") : null);
        assertThatThrownBy(() -> store.delete(keep(3)))
                .isInstanceOfSatisfying(
                        ObjectStoreException.class, e -> assertThat(e.reason()).isEqualTo(Reason.UNAVAILABLE));
        assertThat(server.objects()).hasSize(3);
    }

    @Test
    void anAbsentObjectIsNoErrorWhateverTheStoreCallsIt() throws Exception {
        server.script((request, inner) -> isMany(request)
                ? Answer.of(200, "<DeleteResult><Error><Key>k</Key><Code>NoSuchKey</Code></Error></DeleteResult>")
                : Answer.error(404, "NoSuchKey"));
        store.delete(List.of(new ObjectKey("k")));
        store.delete(List.of(new ObjectKey("k"), new ObjectKey("l")));
    }

    private List<ObjectKey> keep(int number) {
        List<ObjectKey> keys = IntStream.range(0, number)
                .mapToObj("k/%05d"::formatted)
                .map(ObjectKey::new)
                .toList();
        keys.forEach(key -> server.objects().put(key.value(), new TinyS3.Stored(new byte[1], "\"e\"", Map.of())));
        return keys;
    }

    private static boolean isMany(Request request) {
        return request.summary().equals("DeleteMany");
    }
}
