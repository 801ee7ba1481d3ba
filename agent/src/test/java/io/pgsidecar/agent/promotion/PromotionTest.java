package io.pgsidecar.agent.promotion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.pgsidecar.agent.ExitCode;
import io.pgsidecar.agent.RefusedException;
import io.pgsidecar.probes.InstanceAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Who is asked before a replica becomes a primary; the promotion itself is tested on real servers. */
class PromotionTest {

    @Test
    void besideAPrimaryThatIsReadyItIsRefused() {
        RefusedException refused = refused(() -> Optional.of("pg-1"), false);
        assertThat(refused.exit()).isEqualTo(ExitCode.OLD_PRIMARY);
        assertThat(refused).hasMessageContaining("pg-1 is the primary");
        assertThat(refused.hint()).contains("--force");
    }

    @Test
    void whileNobodyCanTellItIsRefused() {
        RefusedException refused = refused(PromotionTest::unknown, false);
        assertThat(refused.exit()).isEqualTo(ExitCode.AGENT_FAILED);
        assertThat(refused).hasMessageContaining("cannot be told: list pods: no answer");
        assertThat(refused.hint()).contains("--force");
    }

    @Test
    void byForceNobodyIsAsked() {
        assertThat(refused(PromotionTest::unknown, true)).hasMessageContaining("cannot promote the instance");
    }

    private static Optional<String> unknown() throws IOException {
        throw new IOException("list pods: no answer");
    }

    /** Of an instance that does not listen. */
    private static RefusedException refused(OtherPrimary others, boolean force) {
        Promotion promotion = new Promotion(
                new InstanceAddress(
                        "127.0.0.1",
                        freePort(),
                        "postgres",
                        "me",
                        Optional::empty,
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(1),
                        Path.of("/data")),
                others,
                () -> {});
        return catchThrowableOfType(RefusedException.class, () -> promotion.promote(force, Duration.ofSeconds(1)));
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
