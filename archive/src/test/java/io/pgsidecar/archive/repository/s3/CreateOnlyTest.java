package io.pgsidecar.archive.repository.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgsidecar.archive.repository.Content;
import io.pgsidecar.archive.repository.ObjectExistsException;
import io.pgsidecar.archive.repository.ObjectInfo;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.ObjectStoreException.Reason;
import io.pgsidecar.archive.repository.ObjectWriter;
import io.pgsidecar.archive.repository.PutMode;
import io.pgsidecar.archive.repository.s3.S3Settings.ConditionalCreate;
import io.pgsidecar.archive.repository.s3.S3Settings.Writing;
import io.pgsidecar.archive.repository.s3.TinyS3.Answer;
import io.pgsidecar.archive.repository.s3.TinyS3.Request;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** "Create, but never replace", on stores that can do it, that cannot, that do not say so, and that lose answers. */
class CreateOnlyTest {

    private static final ObjectKey KEY = new ObjectKey("wals/segment");
    private static final String PROBE = CreateCondition.PROBE;
    private static final int LARGE = 6 << 20;

    /** How an object is made: in one request, or in parts. */
    enum Way {
        PUT {
            @Override
            void create(ObjectStore store, ObjectKey key, char content) throws IOException {
                store.put(key, Content.of(String.valueOf(content)), PutMode.CREATE);
            }
        },
        PARTS {
            @Override
            void create(ObjectStore store, ObjectKey key, char content) throws IOException {
                try (ObjectWriter writer = store.newWriter(key, PutMode.CREATE)) {
                    writer.stream().write(String.valueOf(content).repeat(LARGE).getBytes(StandardCharsets.US_ASCII));
                    writer.commit();
                }
            }
        };

        abstract void create(ObjectStore store, ObjectKey key, char content) throws IOException;
    }

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

    @ParameterizedTest
    @EnumSource
    void aStoreThatKeepsToTheConditionIsProbedOnce(Way way) throws Exception {
        way.create(store, KEY, 'a');
        assertExists(() -> way.create(store, KEY, 'b'));
        way.create(store, new ObjectKey("wals/other"), 'c');
        assertContent(KEY, 'a');
        assertThat(server.summaries())
                .filteredOn(s -> s.equals(way == Way.PUT ? "Put " + PROBE : "Complete " + PROBE))
                .hasSize(2);
        try (ObjectStore next = S3Store.open(ServerSettings.of(server.endpoint()))) {
            way.create(next, new ObjectKey("wals/third"), 'd');
        }
        assertThat(server.summaries())
                .as("the object of the first probe answers the second")
                .filteredOn(s -> s.equals(way == Way.PUT ? "Put " + PROBE : "Complete " + PROBE))
                .hasSize(3);
    }

    @ParameterizedTest
    @EnumSource
    void theProbeIsNotListedAndLeavesNoUpload(Way way) throws Exception {
        way.create(store, KEY, 'a');
        assertThat(server.objects()).containsKey(PROBE);
        try (Stream<ObjectInfo> all = store.list(ObjectKey.ROOT)) {
            assertThat(all.map(ObjectInfo::key)).containsExactly(KEY);
        }
        assertThat(server.openUploads()).isZero();
    }

    @Test
    void theProbeLiesBelowThePrefix() throws Exception {
        try (ObjectStore below =
                S3Store.open(ServerSettings.of(server.endpoint()).withPrefix("prod/main"))) {
            below.put(KEY, Content.of("x"), PutMode.CREATE);
        }
        assertThat(server.objects()).containsOnlyKeys("prod/main/" + PROBE, "prod/main/wals/segment");
    }

    @ParameterizedTest
    @EnumSource
    void aStoreThatIgnoresTheConditionIsFoundOutBeforeItOverwrites(Way way) throws Exception {
        server.script((request, inner) -> inner.answer(without(request, "If-None-Match")));
        way.create(store, KEY, 'a');
        assertExists(() -> way.create(store, KEY, 'b'));
        assertContent(KEY, 'a');
        assertThat(server.requests())
                .filteredOn(r -> r.isAbout(KEY.value()))
                .as("no longer asks for what is ignored")
                .allSatisfy(r -> assertThat(r.header("If-None-Match")).isNull());
        assertThat(server.openUploads()).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "PUT, 501, NotImplemented",
        "PUT, 400, InvalidArgument",
        "PARTS, 501, NotImplemented",
        "PARTS, 400, InvalidRequest"
    })
    void aStoreThatRefusesTheConditionIsLookedAtFirst(Way way, int status, String code) throws Exception {
        server.script((request, inner) -> request.header("If-None-Match") == null ? null : Answer.error(status, code));
        way.create(store, KEY, 'a');
        assertExists(() -> way.create(store, KEY, 'b'));
        assertContent(KEY, 'a');
        assertThat(server.openUploads()).isZero();
    }

    @Test
    void aRefusalThatHasAnotherReasonIsNotTakenForThat() throws Exception {
        server.script(
                (request, inner) -> request.method().equals("PUT") ? Answer.error(400, "InvalidStorageClass") : null);
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> Way.PUT.create(store, KEY, 'a'))
                    .hasMessageContaining("InvalidStorageClass")
                    .hasMessageContaining("check storageClass");
        }
        server.script((request, inner) -> null);
        Way.PUT.create(store, KEY, 'a');
        Way.PUT.create(store, new ObjectKey("other"), 'a');
        assertThat(lastOf("other").header("If-None-Match")).isEqualTo("*");
    }

    @Test
    void aStoreThatIsAwayIsProbedAgain() throws Exception {
        server.script((request, inner) -> Answer.error(503, "SlowDown"));
        assertThatThrownBy(() -> Way.PUT.create(store, KEY, 'a'))
                .isInstanceOfSatisfying(
                        ObjectStoreException.class, e -> assertThat(e.reason()).isEqualTo(Reason.UNAVAILABLE));
        server.script((request, inner) -> null);
        Way.PUT.create(store, KEY, 'a');
        assertThat(lastOf(KEY.value()).header("If-None-Match")).isEqualTo("*");
    }

    @Test
    void withoutProbingTheSettingDecides() throws Exception {
        for (ConditionalCreate setting : List.of(ConditionalCreate.NATIVE, ConditionalCreate.EMULATED)) {
            ObjectKey key = new ObjectKey("by/" + setting);
            try (ObjectStore set =
                    S3Store.open(ServerSettings.of(server.endpoint()).with(Writing.DEFAULT.with(setting)))) {
                Way.PUT.create(set, key, 'a');
                assertExists(() -> Way.PUT.create(set, key, 'b'));
                Way.PARTS.create(set, new ObjectKey("parts/" + setting), 'a');
                assertExists(() -> Way.PARTS.create(set, new ObjectKey("parts/" + setting), 'b'));
            }
            assertThat(server.requests().stream()
                            .filter(r -> r.isAbout(key.value()) && r.method().equals("PUT"))
                            .map(r -> String.valueOf(r.header("If-None-Match"))))
                    .containsOnly(setting == ConditionalCreate.NATIVE ? "*" : "null");
        }
        assertThat(server.objects()).doesNotContainKey(PROBE);
    }

    @Test
    void aConflictWithAnotherWriterIsTriedAgain() throws Exception {
        AtomicInteger conflicts = new AtomicInteger();
        server.script((request, inner) ->
                request.isAbout(KEY.value()) && request.method().equals("PUT") && conflicts.getAndIncrement() == 0
                        ? Answer.error(409, "ConditionalRequestConflict")
                        : null);
        Way.PUT.create(store, KEY, 'a');
        assertContent(KEY, 'a');
        assertThat(conflicts).hasValue(2);
    }

    @Test
    void aConflictThatStaysMayPassLater() {
        server.script((request, inner) ->
                request.isAbout(KEY.value()) ? Answer.error(409, "ConditionalRequestConflict") : null);
        assertThatThrownBy(() -> Way.PUT.create(store, KEY, 'a'))
                .isInstanceOfSatisfying(
                        ObjectStoreException.class, e -> assertThat(e.reason()).isEqualTo(Reason.UNAVAILABLE));
    }

    @ParameterizedTest
    @EnumSource
    void anAnswerThatGotLostIsNoConflictWithOurselves(Way way) throws Exception {
        AtomicInteger lost = new AtomicInteger();
        server.script((request, inner) -> {
            if (isPublishing(request) && request.isAbout(KEY.value()) && lost.getAndIncrement() == 0) {
                inner.answer(request);
                return Answer.error(500, "InternalError");
            }
            return null;
        });
        way.create(store, KEY, 'a');
        assertContent(KEY, 'a');
        assertThat(lost).as("it was sent again").hasValue(2);
    }

    @ParameterizedTest
    @EnumSource
    void anotherWritersObjectIsAConflictThoughAnAnswerGotLost(Way way) throws Exception {
        try (ObjectStore other = S3Store.open(ServerSettings.of(server.endpoint()))) {
            way.create(other, KEY, 'o');
        }
        AtomicInteger lost = new AtomicInteger();
        server.script(
                (request, inner) -> isPublishing(request) && request.isAbout(KEY.value()) && lost.getAndIncrement() == 0
                        ? Answer.error(500, "InternalError")
                        : null);
        assertExists(() -> way.create(store, KEY, 'a'));
        assertContent(KEY, 'o');
    }

    private Request lastOf(String key) {
        return server.requests().reversed().stream()
                .filter(r -> r.isAbout(key))
                .findFirst()
                .orElseThrow();
    }

    private void assertContent(ObjectKey key, char content) {
        assertThat(server.objects().get(key.value()))
                .isNotNull()
                .satisfies(o -> assertThat(o.content()).containsOnly(content));
    }

    private static boolean isPublishing(Request request) {
        return request.summary().startsWith("Put ") || request.summary().startsWith("Complete ");
    }

    private static Request without(Request request, String header) {
        Map<String, String> headers = new TreeMap<>(request.headers());
        headers.keySet().removeIf(name -> name.equalsIgnoreCase(header));
        return new Request(request.method(), request.path(), request.query(), headers, request.body());
    }

    private static void assertExists(ThrowingCallable create) {
        assertThatThrownBy(create).isInstanceOf(ObjectExistsException.class);
    }
}
