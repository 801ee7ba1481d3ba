package io.pgsidecar.agent.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.agent.bootstrap.Facts.Begins;
import io.pgsidecar.agent.config.BootstrapConfig.NewCluster;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.sql.SQLException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PodNameTest {

    @ParameterizedTest
    @CsvSource({
        "postgres-0, YES",
        "postgres-1, NO",
        "postgres-10, NO",
        "my-db-0, YES",
        "postgres, UNKNOWN",
        "postgres-0x, UNKNOWN",
        "7d9f-x2z, UNKNOWN",
        "'', UNKNOWN"
    })
    void theOrdinalTellsWhoBegins(String name, Begins begins) {
        assertThat(PodName.of(Map.of("POD_NAME", name)).begins(NewCluster.AUTO)).isEqualTo(begins);
        assertThat(PodName.of(Map.of("HOSTNAME", name)).begins(NewCluster.AUTO)).isEqualTo(begins);
        assertThat(PodName.of(Map.of("HOSTNAME", name)).begins(NewCluster.ALWAYS))
                .isEqualTo(Begins.YES);
        assertThat(PodName.of(Map.of("HOSTNAME", name)).begins(NewCluster.NEVER))
                .isEqualTo(Begins.NO);
    }

    @Test
    void withoutANameNobodyKnows() {
        assertThat(PodName.of(Map.of()).begins(NewCluster.AUTO)).isEqualTo(Begins.UNKNOWN);
    }

    /** That nobody is there has to be proven: an initdb depends on it. */
    @Test
    void onlyARefusalAndANameThatIsNoneProveThatNobodyIsThere() {
        assertThat(failed(new ConnectException("Connection refused"))).isInstanceOf(OtherServer.Nobody.class);
        assertThat(failed(new UnknownHostException("pg: Name or service not known")))
                .isInstanceOf(OtherServer.Nobody.class);
        assertThat(failed(new UnknownHostException("pg: No address associated with hostname")))
                .isInstanceOf(OtherServer.Nobody.class);
        // As Java says it from its memory, and the driver always: the reason is lost.
        assertThat(failed(new UnknownHostException("pg"))).isInstanceOf(OtherServer.Unclear.class);
        assertThat(failed(new UnknownHostException("pg: Temporary failure in name resolution")))
                .isInstanceOf(OtherServer.Unclear.class);
        assertThat(failed(new ConnectException("Connection timed out"))).isInstanceOf(OtherServer.Unclear.class);
        assertThat(failed(new SocketTimeoutException("connect timed out"))).isInstanceOf(OtherServer.Unclear.class);
        assertThat(failed(new NoRouteToHostException("no route"))).isInstanceOf(OtherServer.Unclear.class);
        assertThat(failed(new IllegalStateException("password wrong"))).isInstanceOf(OtherServer.Unclear.class);
    }

    private static OtherServer failed(Exception cause) {
        return PrimaryLook.failed("pg", new SQLException("The connection attempt failed.", "08001", cause));
    }
}
