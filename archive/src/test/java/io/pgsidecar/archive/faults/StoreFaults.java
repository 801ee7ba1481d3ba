package io.pgsidecar.archive.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.archive.faults.ProxiedStore.Tries;
import io.pgsidecar.archive.repository.Content;
import io.pgsidecar.archive.repository.ObjectExistsException;
import io.pgsidecar.archive.repository.ObjectInfo;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.ObjectStoreException.Reason;
import io.pgsidecar.archive.repository.ObjectWriter;
import io.pgsidecar.archive.repository.PutMode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What an {@code ObjectStore} says, and what is in the store then, when a fault strikes: never "not found" for what is
 * there, never less than was stored, never half an object, and a write that was done without being told so is found.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(300)
abstract class StoreFaults {

    private static final ObjectKey KEY = ObjectKey.of("a/object.zst");
    private static final RequestKind[] WHOLE = {RequestKind.PUT, RequestKind.PUT_BLOB};
    private static final RequestKind[] PART = {RequestKind.UPLOAD_PART, RequestKind.PUT_BLOCK};
    private static final RequestKind[] COMPLETION = {RequestKind.COMPLETE_MULTIPART, RequestKind.PUT_BLOCK_LIST};
    private static final byte[] SMALL = noise(300_000);
    /** Two parts in S3, and three blocks in Azure. */
    private static final byte[] LARGE = noise((5 << 20) + 1);

    private final ProxiedStore.Kind kind;
    private int tests;
    private String prefix = "";
    private ProxiedStore server;
    private FaultProxy proxy;
    private ObjectStore direct;

    StoreFaults(ProxiedStore.Kind kind) {
        this.kind = kind;
    }

    List<FaultCase> cases() {
        return FaultCase.of(kind);
    }

    /** Those that strike once; what does not pass by itself is not tried again. */
    List<FaultCase> passing() {
        return cases().stream()
                .filter(fault -> fault.passes() && fault != FaultCase.REFUSES_CONNECTIONS)
                .toList();
    }

    @BeforeAll
    void startServer(@TempDir Path home) {
        server = ProxiedStore.start(kind, home);
        proxy = server.proxy();
    }

    @AfterAll
    void stopServer() {
        if (server != null) {
            server.close();
        }
    }

    @BeforeEach
    void newPrefix(TestInfo test) {
        prefix = "test-" + tests++;
        direct = server.direct(prefix);
    }

    @AfterEach
    void heal() throws IOException {
        proxy.heal();
        proxy.restore();
        direct.close();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aSmallObjectIsStoredWholeOrNotAtAll(FaultCase fault) throws Exception {
        assumeStoreChecks(fault);
        try (ObjectStore store = proxied(fault, 1)) {
            proxy.on(WHOLE).fault(fault.fault());
            @Nullable IOException failure = failure(() -> store.put(KEY, Content.of(SMALL), PutMode.CREATE));
            assertWholeOrNotAtAll(fault, failure, SMALL);
            heals(again -> again.put(KEY, Content.of(SMALL), PutMode.CREATE), SMALL);
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.MATCH_NONE, names = ".*_ANSWER|PAGE_.*|.*_40[04]|SLOW_.*|INTERNAL_.*")
    void anObjectOfPartsIsStoredWholeOrNotAtAllWhenAPartFails(FaultCase fault) throws Exception {
        assumeStoreChecks(fault);
        try (ObjectStore store = proxied(fault, 1)) {
            proxy.on(PART).after(1).fault(fault.fault());
            @Nullable IOException failure = failure(() -> write(store, LARGE));
            assertWholeOrNotAtAll(fault, failure, LARGE);
            heals(again -> write(again, LARGE), LARGE);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void anObjectOfPartsIsStoredWholeOrNotAtAllWhenTheCompletionFails(FaultCase fault) throws Exception {
        try (ObjectStore store = proxied(fault, 1)) {
            proxy.on(COMPLETION).fault(fault.fault());
            @Nullable IOException failure = failure(() -> write(store, LARGE));
            assertWholeOrNotAtAll(fault, failure, LARGE);
            heals(again -> write(again, LARGE), LARGE);
        }
    }

    @Test
    void aCompletionThatFailsWithStatus200IsAFailure() throws Exception {
        try (ObjectStore store = server.proxied(prefix, Tries.of(1, false))) {
            proxy.on(COMPLETION).fault(Fault.failureWithStatus200());
            @Nullable IOException failure = failure(() -> write(store, LARGE));
            if (kind.isS3()) { // Azure has no such answer: 200 is not even the status of a success.
                assertThat(failure)
                        .isInstanceOfSatisfying(
                                ObjectStoreException.class,
                                e -> assertThat(e.reason()).isEqualTo(Reason.UNAVAILABLE));
            }
            assertThat(failure).isNotNull();
            assertThat(direct.stat(KEY)).isEmpty();
            heals(again -> write(again, LARGE), LARGE);
        }
    }

    @Test
    void aFailedUploadOfPartsIsAborted() throws Exception {
        Assumptions.assumeTrue(kind.isS3(), "Azure lets go of blocks by itself");
        try (ObjectStore store = server.proxied(prefix, Tries.of(1, false))) {
            long before = proxy.count(RequestKind.ABORT);
            proxy.on(PART).after(1).fault(Fault.slowDown());
            assertThat(failure(() -> write(store, LARGE))).isNotNull();
            assertThat(proxy.count(RequestKind.ABORT)).isEqualTo(before + 1);
        }
    }

    @ParameterizedTest
    @MethodSource("passing")
    void oneFaultWhileAnObjectIsStoredIsNotNoticed(FaultCase fault) throws Exception {
        try (ObjectStore store = proxied(fault, 2)) {
            proxy.on(WHOLE).path("a/object").times(1).fault(fault.fault());
            proxy.on(COMPLETION).path("a/object").times(1).fault(fault.fault());
            assertStored(failure(() -> store.put(KEY, Content.of(SMALL), PutMode.CREATE)), SMALL);
            direct.delete(List.of(KEY));
            assertStored(failure(() -> write(store, LARGE)), LARGE);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void whatIsReadIsWholeAndWhatIsThereIsNeverNotFound(FaultCase fault) throws Exception {
        direct.put(KEY, Content.of(SMALL), PutMode.CREATE);
        try (ObjectStore store = proxied(fault, 1)) {
            proxy.on(RequestKind.GET).fault(fault.fault());
            @Nullable
            IOException failure =
                    failure(() -> assertThat(read(store)).satisfies(bytes -> assertReadOrUndetectable(fault, bytes)));
            assertTold(fault, failure);
        }
    }

    @ParameterizedTest
    @MethodSource("passing")
    void oneFaultWhileAnObjectIsReadIsNotNoticed(FaultCase fault) throws Exception {
        direct.put(KEY, Content.of(SMALL), PutMode.CREATE);
        try (ObjectStore store = proxied(fault, 2)) {
            proxy.on(RequestKind.GET).times(1).fault(fault.fault());
            assertThat(read(store)).isEqualTo(SMALL);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void whatCannotBeLookedUpIsNotAbsent(FaultCase fault) throws Exception {
        direct.put(KEY, Content.of(SMALL), PutMode.CREATE);
        try (ObjectStore store = proxied(fault, 1)) {
            proxy.on().fault(fault.fault());
            assertTold(fault, failure(() -> assertThat(store.stat(KEY)).isPresent()));
            if (fault == FaultCase.CORRUPTS_THE_ANSWER || fault == FaultCase.SHORTENS_THE_ANSWER) {
                return; // A name with one wrong letter is a name; TLS tells, and the network's own checksum.
            }
            assertTold(fault, failure(() -> assertThat(names(store)).containsExactly(KEY)));
            assertTold(
                    fault,
                    failure(() -> assertThat(store.variants(ObjectKey.of("a/object"), List.of("", ".zst", ".lz4")))
                            .extracting(ObjectInfo::key)
                            .containsExactly(KEY)));
        }
    }

    private void assumeStoreChecks(FaultCase fault) {
        Assumptions.assumeTrue(
                fault != FaultCase.CORRUPTS_THE_REQUEST || kind.checksWhatItIsSent(),
                kind + " takes what it is sent for what was meant");
    }

    private void assertWholeOrNotAtAll(FaultCase fault, @Nullable IOException failure, byte[] content)
            throws IOException {
        if (failure == null) {
            assertThat(stored()).isEqualTo(content);
            return;
        }
        assertTold(fault, failure);
        if (direct.stat(KEY).isPresent()) {
            assertThat(fault.mayBeDone()).as("%s, and yet it is stored", fault).isTrue();
            assertThat(stored()).isEqualTo(content);
        }
    }

    /** What was stored before without anybody's knowing is found. */
    private void heals(Write again, byte[] content) throws IOException, InterruptedException {
        proxy.heal();
        proxy.restore();
        // The store may be at what the client has given up.
        proxy.awaitServer();
        boolean there = direct.stat(KEY).isPresent();
        try (ObjectStore store = server.proxied(prefix, Tries.of(3, false))) {
            @Nullable IOException failure = failure(() -> again.to(store));
            if (there) {
                assertThat(failure).isInstanceOf(ObjectExistsException.class);
            } else {
                assertThat(failure).isNull();
            }
            if (!there || content.length == SMALL.length || !kind.removesWhatAnAbortedUploadDidNotMake()) {
                assertThat(read(store)).isEqualTo(content);
            }
        }
    }

    private void assertStored(@Nullable IOException failure, byte[] content) throws IOException {
        if (failure != null) {
            // Its own object, of which it did not know; the caller compares.
            assertThat(failure).isInstanceOf(ObjectExistsException.class);
        }
        assertThat(stored()).isEqualTo(content);
    }

    private static void assertTold(FaultCase fault, @Nullable IOException failure) {
        if (failure != null) {
            assertThat(failure)
                    .isInstanceOfSatisfying(
                            ObjectStoreException.class,
                            e -> assertThat(e.reason()).as("%s", e).isIn(fault.reasons()));
        }
    }

    /** Without a checksum of the store's, less that looks whole is found out only by what knows the content. */
    private void assertReadOrUndetectable(FaultCase fault, byte[] bytes) {
        boolean undetectable = kind.isS3()
                && (fault == FaultCase.SHORTENS_THE_ANSWER
                        || fault == FaultCase.CORRUPTS_THE_ANSWER
                        || fault == FaultCase.PAGE_200);
        if (!undetectable) {
            assertThat(bytes).isEqualTo(SMALL);
        }
    }

    private byte[] stored() throws IOException {
        return read(direct);
    }

    private static byte[] read(ObjectStore store) throws IOException {
        try (InputStream in = store.open(KEY, 0)) {
            return in.readAllBytes();
        }
    }

    private static List<ObjectKey> names(ObjectStore store) throws IOException {
        try (Stream<ObjectInfo> all = store.list(ObjectKey.of("a"))) {
            return all.map(ObjectInfo::key).toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static void write(ObjectStore store, byte[] content) throws IOException {
        try (ObjectWriter writer = store.newWriter(KEY, PutMode.CREATE)) {
            writer.stream().write(content);
            writer.commit();
        }
    }

    private ObjectStore proxied(FaultCase fault, int attempts) {
        return server.proxied(
                prefix,
                attempts > 1 && fault.isSilent() ? Tries.untilItAnswers() : Tries.of(attempts, fault.isSilent()));
    }

    private interface Write {
        void to(ObjectStore store) throws IOException;
    }

    private interface Action {
        void run() throws IOException;
    }

    private static @Nullable IOException failure(Action action) {
        try {
            action.run();
            return null;
        } catch (IOException e) {
            return e;
        }
    }

    private static byte[] noise(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }
}
