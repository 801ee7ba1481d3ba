package io.pgsidecar.archive.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgsidecar.archive.backup.SlotClaim.Role;
import io.pgsidecar.archive.repository.Content;
import io.pgsidecar.archive.repository.ObjectInfo;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStore;
import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.PutMode;
import io.pgsidecar.archive.repository.Repository;
import io.pgsidecar.archive.repository.filesystem.FilesystemStore;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SlotClaimsTest {

    private static final Instant SLOT = Instant.parse("2026-11-25T02:00:00Z");
    private static final Repository LAYOUT = new Repository("main");

    @TempDir
    Path folder;

    private ObjectStore store;

    @BeforeEach
    void open() throws IOException {
        store = FilesystemStore.open(Files.createDirectory(folder.resolve("repository")));
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    private SlotClaims of(String host) {
        return of(host, store, SLOT.plusSeconds(1));
    }

    private static SlotClaims of(String host, ObjectStore store, Instant now) {
        return new SlotClaims(store, LAYOUT, host, InstantSource.fixed(now));
    }

    @Test
    void aSlotIsClaimedByOneAndTakenOverOnce() throws IOException {
        SlotClaims first = of("pg-1");
        SlotClaims second = of("pg-0");
        assertThat(first.claim(SLOT)).isEmpty();
        assertThat(first.take(SLOT, Role.REPLICA)).isTrue();
        assertThat(second.take(SLOT, Role.PRIMARY)).isFalse();
        assertThat(second.claim(SLOT)).hasValueSatisfying(claim -> {
            assertThat(claim.host()).isEqualTo("pg-1");
            assertThat(claim.at()).isEqualTo(SLOT.plusSeconds(1));
            assertThat(claim.role()).isEqualTo(Role.REPLICA);
        });
        assertThat(second.takeOver(SLOT, Role.PRIMARY)).isTrue();
        assertThat(of("pg-2").takeOver(SLOT, Role.PRIMARY)).isFalse();
        assertThat(of("pg-2").take(SLOT.plusSeconds(3600), Role.PRIMARY)).isTrue();
        assertThat(keys())
                .containsExactly(
                        "main/pgsidecar/schedule/20261125T020000.json",
                        "main/pgsidecar/schedule/20261125T020000.retry1.json",
                        "main/pgsidecar/schedule/20261125T030000.json");
        try (InputStream in = store.open(new ObjectKey(keys().getFirst()), 0)) {
            assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8))
                    .contains("\"host\" : \"pg-1\"", "\"at\" : \"2026-11-25T02:00:01Z\"", "\"role\" : \"replica\"");
        }
    }

    @Test
    void ofTwentyThatRaceExactlyOneGetsIt() throws Exception {
        int racers = 20;
        for (int round = 0; round < 20; round++) {
            Instant slot = SLOT.plus(Duration.ofHours(round));
            CyclicBarrier start = new CyclicBarrier(racers);
            List<Callable<Boolean>> races = new ArrayList<>();
            for (int i = 0; i < racers; i++) {
                SlotClaims claims = of("pg-" + i);
                races.add(() -> {
                    start.await();
                    return claims.take(slot, Role.REPLICA);
                });
            }
            int winners = 0;
            try (ExecutorService threads = Executors.newFixedThreadPool(racers)) {
                for (Future<Boolean> race : threads.invokeAll(races)) {
                    winners += race.get() ? 1 : 0;
                }
            }
            assertThat(winners).as("round %d", round).isEqualTo(1);
        }
    }

    @Test
    void aHostThatComesBackIsAnotherProcess() throws IOException {
        assertThat(of("pg-0").take(SLOT, Role.PRIMARY)).isTrue();
        assertThat(of("pg-0").take(SLOT, Role.PRIMARY)).isFalse();
    }

    /** Whether the failing call has done its work or not: asked again, the one who began gets it, and nobody else. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void afterAFailureExactlyOneGetsIt(boolean answerLost) throws IOException {
        for (int failing = 1; failing <= 3; failing++) {
            Instant slot = SLOT.plus(Duration.ofHours(failing));
            SlotClaims claims = of("pg-1", failingAt(failing, answerLost), slot);
            int failures = 0;
            List<Boolean> answers = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                try {
                    answers.add(claims.take(slot, Role.REPLICA));
                } catch (ObjectStoreException e) {
                    assertThat(e.reason()).isEqualTo(ObjectStoreException.Reason.UNAVAILABLE);
                    failures++;
                }
            }
            assertThat(failures).isEqualTo(1);
            assertThat(answers).containsExactly(true, true);
            assertThat(of("pg-2").take(slot, Role.REPLICA)).isFalse();
        }
    }

    @Test
    void aFailureIsNoClaim() {
        SlotClaims claims = of("pg-1", failingAt(1, false), SLOT);
        assertThatThrownBy(() -> claims.take(SLOT, Role.REPLICA)).isInstanceOf(ObjectStoreException.class);
        assertThat(keys()).isEmpty();
    }

    @Test
    void whatCannotBeUnderstoodIsSomebodysAndSaysSo() throws IOException {
        ObjectKey key = LAYOUT.schedule().child("20261125T020000.json");
        store.put(key, Content.of("{\"host\":"), PutMode.CREATE);
        assertThatThrownBy(() -> of("pg-1").take(SLOT, Role.REPLICA))
                .hasMessageContaining("the claim main/pgsidecar/schedule/20261125T020000.json cannot be understood")
                .hasMessageContaining("remove it");
    }

    @Test
    void oldClaimsAreRemoved() throws IOException {
        assertThat(of("pg-1").take(SLOT, Role.REPLICA)).isTrue();
        Instant stored =
                store.stat(new ObjectKey(keys().getFirst())).orElseThrow().lastModified();
        of("pg-1", store, stored.plus(SlotClaims.KEPT)).forgetOld();
        assertThat(keys()).hasSize(1);
        of("pg-1", store, stored.plus(SlotClaims.KEPT).plusMillis(1)).forgetOld();
        assertThat(keys()).isEmpty();
        of("pg-1").forgetOld();
    }

    private List<String> keys() {
        try (Stream<ObjectInfo> found = store.list(LAYOUT.schedule())) {
            return found.map(info -> info.key().value()).toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private ObjectStore failingAt(int failing, boolean answerLost) {
        AtomicInteger calls = new AtomicInteger();
        return (ObjectStore) Proxy.newProxyInstance(
                ObjectStore.class.getClassLoader(), new Class<?>[] {ObjectStore.class}, (proxy, method, arguments) -> {
                    boolean fails = calls.incrementAndGet() == failing;
                    ObjectStoreException failure = new ObjectStoreException(
                            ObjectStoreException.Reason.UNAVAILABLE, "call " + failing + " fails", null);
                    if (fails && !answerLost) {
                        throw failure;
                    }
                    try {
                        Object result = method.invoke(store, arguments);
                        if (fails) {
                            if (result instanceof AutoCloseable opened) {
                                opened.close();
                            }
                            throw failure;
                        }
                        return result;
                    } catch (InvocationTargetException e) {
                        throw fails ? failure : e.getCause();
                    }
                });
    }
}
