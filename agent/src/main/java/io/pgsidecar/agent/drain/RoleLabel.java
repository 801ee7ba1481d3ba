package io.pgsidecar.agent.drain;

import java.time.Duration;

/** The label by which clients find this instance, as far as a drain is concerned. */
public interface RoleLabel {

    /** Where there is no label. */
    RoleLabel NONE = new RoleLabel() {
        @Override
        public boolean drain(Duration bound) {
            return true;
        }

        @Override
        public void undrain() {}
    };

    /**
     * Takes it away, and gives none until {@link #undrain}.
     *
     * @return whether it is gone within the bound; it is tried on afterwards
     */
    boolean drain(Duration bound) throws InterruptedException;

    /** It may come back. */
    void undrain();
}
