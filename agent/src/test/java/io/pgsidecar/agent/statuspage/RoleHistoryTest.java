package io.pgsidecar.agent.statuspage;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.probes.Availability;
import io.pgsidecar.probes.InstanceReport;
import io.pgsidecar.probes.InstanceRole;
import io.pgsidecar.probes.InstanceState;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class RoleHistoryTest {

    private final AtomicReference<InstanceState> now =
            new AtomicReference<>(MadeUpStatus.state(Availability.UNKNOWN, InstanceRole.UNKNOWN, InstanceReport.NONE));
    private final RoleHistory history = new RoleHistory(now::get);

    @Test
    void onlyChangesAreKept() {
        look(Availability.NO_SERVER, InstanceRole.UNKNOWN);
        look(Availability.ACCEPTING, InstanceRole.PRIMARY);
        look(Availability.ACCEPTING, InstanceRole.PRIMARY);
        look(Availability.NO_ANSWER, InstanceRole.PRIMARY);
        assertThat(history.kept().newestFirst())
                .extracting(RoleHistory.Change::availability)
                .containsExactly(Availability.NO_ANSWER, Availability.ACCEPTING, Availability.NO_SERVER);
    }

    @Test
    void whatFlapsForDaysTakesNoMoreRoom() {
        for (int i = 0; i < 1000; i++) {
            look(i % 2 == 0 ? Availability.ACCEPTING : Availability.FULL, InstanceRole.PRIMARY);
        }
        assertThat(history.kept().newestFirst()).hasSize(RoleHistory.MOST);
        assertThat(history.kept().forgotten()).isEqualTo(1000 - RoleHistory.MOST);
        assertThat(history.kept().newestFirst().getFirst().availability()).isEqualTo(Availability.FULL);
    }

    private void look(Availability availability, InstanceRole role) {
        now.set(MadeUpStatus.state(availability, role, InstanceReport.NONE));
        history.run();
    }
}
