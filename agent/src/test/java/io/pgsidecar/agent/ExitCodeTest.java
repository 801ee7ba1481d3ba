package io.pgsidecar.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ExitCodeTest {

    /** Operators and monitoring rely on them: a change here breaks somebody. */
    @Test
    void codesWordsAndStatusesArePinned() {
        assertThat(Arrays.stream(ExitCode.values())
                        .map(code ->
                                code.name() + " " + code.code() + " " + code.outcome() + " " + code.httpStatus() + "\n")
                        .collect(Collectors.joining()))
                .isEqualTo("""
                        OK 0 null 0
                        ARCHIVED 0 archived 200
                        RESTORED 0 restored 200
                        DRAINED 0 drained 200
                        ABSENT 1 absent 404
                        FAILED 1 null 0
                        USAGE 2 null 0
                        NO_AGENT 40 null 0
                        STOPPING 40 stopping 503
                        TIMED_OUT 41 null 0
                        AGENT_FAILED 42 failed 500
                        NOT_UNDERSTOOD 42 null 0
                        BAD_REQUEST 43 bad-request 400
                        BAD_SEGMENT 44 bad-segment 422
                        OTHER_CLUSTER 45 other-cluster 409
                        CONFLICT 46 conflict 409
                        REPOSITORY_UNAVAILABLE 47 repository-unavailable 503
                        REPOSITORY_DENIED 48 repository-denied 403
                        CORRUPT 49 corrupt 502
                        WAL_MISSING 50 null 0
                        BUSY 51 null 0
                        DIVERGED 52 null 0
                        NO_BACKUP 53 null 0
                        UNFIT_DATA 54 null 0
                        UNPROVEN 55 null 0
                        OLD_PRIMARY 56 null 0
                        BAD_CONFIG 78 null 0
                        RECOVERY_STOPPED 255 null 0
                        """);
    }

    @Test
    void anAnswerIsFoundByStatusAndWordTogether() {
        for (ExitCode code : ExitCode.values()) {
            String word = code.outcome();
            if (word != null) {
                assertThat(ExitCode.ofAnswer(code.httpStatus(), word)).contains(code);
                assertThat(ExitCode.ofAnswer(code.httpStatus() + 1, word)).isEmpty();
            }
        }
        assertThat(ExitCode.ofAnswer(0, "null")).isEmpty();
        assertThat(ExitCode.ofAnswer(200, "")).isEmpty();
    }
}
