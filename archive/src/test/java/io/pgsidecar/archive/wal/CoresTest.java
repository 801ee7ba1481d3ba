package io.pgsidecar.archive.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CoresTest {

    private final Cores cores = new Cores(1);
    private final List<String> order = new CopyOnWriteArrayList<>();

    private Thread start(String name, boolean urgent) {
        return Thread.startVirtualThread(() -> {
            try (Cores.Turn turn = cores.take(() -> urgent)) {
                assertThat(turn).isNotNull();
                order.add(name);
            } catch (InterruptedException e) {
                order.add(name + " interrupted");
            }
        });
    }

    private static void awaitWaiting(Thread thread) throws InterruptedException {
        while (thread.getState() != Thread.State.WAITING) {
            Thread.sleep(1);
        }
    }

    @Test
    void whatSomebodyWaitsForGoesFirst() throws Exception {
        Thread ahead;
        Thread urgent;
        try (Cores.Turn turn = cores.take(() -> false)) {
            assertThat(turn).isNotNull();
            ahead = start("ahead", false);
            awaitWaiting(ahead);
            urgent = start("urgent", true);
            awaitWaiting(urgent);
        }
        ahead.join();
        urgent.join();
        assertThat(order).containsExactly("urgent", "ahead");
    }

    @Test
    void whatHasBegunHandsOverAtItsNextWrite() throws Exception {
        try (Cores.Turn turn = cores.take(() -> false);
                OutputStream out = turn.without(new ByteArrayOutputStream())) {
            Thread urgent = start("urgent", true);
            awaitWaiting(urgent);
            out.write(new byte[10]);
            assertThat(order).containsExactly("urgent");
        }
    }

    @Test
    void whileAStoreIsSlowOthersCompress() throws Exception {
        CountDownLatch slow = new CountDownLatch(1);
        OutputStream store = new OutputStream() {
            @Override
            public void write(int b) {
                boolean interrupted = false;
                try {
                    slow.await();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
                assertThat(interrupted).isFalse();
            }
        };
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> writing = executor.submit(() -> {
                try (Cores.Turn turn = cores.take(() -> true);
                        OutputStream out = turn.without(store)) {
                    out.write(1);
                }
                return null;
            });
            start("other", false).join();
            assertThat(order).containsExactly("other");
            slow.countDown();
            assertThat(writing.get()).isNull();
        }
    }

    @Test
    void aThreadThatWaitsCanBeStoppedAndLeavesNothingBehind() throws Exception {
        AtomicBoolean urgent = new AtomicBoolean();
        try (Cores.Turn turn = cores.take(urgent::get)) {
            assertThat(turn).isNotNull();
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> cores.take(() -> true)).isInstanceOf(InterruptedException.class);
        }
        start("next", false).join();
        assertThat(order).containsExactly("next");
    }
}
