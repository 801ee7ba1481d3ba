package io.pgsidecar.archive.wal;

import io.pgsidecar.archive.repository.ObjectStore;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;

/** A store that hangs at each call until it is released. */
final class BlockingStore extends ForwardingStore {

    private final CountDownLatch released = new CountDownLatch(1);
    private final Semaphore blocked = new Semaphore(0);

    BlockingStore(ObjectStore store) {
        super(store);
    }

    void release() {
        released.countDown();
    }

    void awaitBlocked() throws InterruptedException {
        awaitBlocked(1);
    }

    /** Waits until so many calls hang. */
    void awaitBlocked(int calls) throws InterruptedException {
        blocked.acquire(calls);
    }

    @Override
    ObjectStore target() {
        blocked.release();
        boolean interrupted = false;
        while (true) {
            try {
                released.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true; // A call to a store that knows no interruption.
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return super.target();
    }
}
