package io.pgsidecar.archive.wal;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.function.BooleanSupplier;

/**
 * Bounds how many threads compress at once: more than there are cores would only make each of them slower. Work that
 * somebody waits for goes before work that is done ahead, also before one that has begun: that one hands its core over
 * at its next write. Safe for several threads.
 */
final class Cores {

    private int free;
    private int urgentWaiting;

    Cores(int cores) {
        this.free = cores;
    }

    /**
     * Waits for a core.
     *
     * @param urgent whether somebody waits for the work; asked again whenever it matters, since it may become so
     */
    Turn take(BooleanSupplier urgent) throws InterruptedException {
        Turn turn = new Turn(urgent);
        turn.take();
        return turn;
    }

    /** One thread's use of a core. */
    final class Turn implements AutoCloseable {

        private final BooleanSupplier urgent;
        private boolean taken;

        private Turn(BooleanSupplier urgent) {
            this.urgent = urgent;
        }

        private void take() throws InterruptedException {
            synchronized (Cores.this) {
                boolean hurry = urgent.getAsBoolean();
                if (hurry) {
                    urgentWaiting++;
                }
                try {
                    while (free == 0 || (urgentWaiting > 0 && !hurry)) {
                        Cores.this.wait();
                        if (!hurry && urgent.getAsBoolean()) {
                            hurry = true;
                            urgentWaiting++;
                        }
                    }
                    free--;
                    taken = true;
                } finally {
                    if (hurry) {
                        urgentWaiting--;
                        Cores.this.notifyAll();
                    }
                }
            }
        }

        private void give() {
            synchronized (Cores.this) {
                if (taken) {
                    taken = false;
                    free++;
                    Cores.this.notifyAll();
                }
            }
        }

        /** The stream, written to without the core: a store that is slow must not keep others from compressing. */
        OutputStream without(OutputStream out) {
            return new FilterOutputStream(out) {
                @Override
                public void write(int b) throws IOException {
                    write(new byte[] {(byte) b}, 0, 1);
                }

                @Override
                public void write(byte[] bytes, int offset, int length) throws IOException {
                    give();
                    try {
                        out.write(bytes, offset, length);
                    } finally {
                        takeAgain();
                    }
                }
            };
        }

        /** Not to be interrupted: whoever has a core gives it back soon. The interruption is found by what comes next. */
        private void takeAgain() {
            boolean interrupted = false;
            while (!taken) {
                try {
                    take();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public void close() {
            give();
        }
    }
}
