package io.pgsidecar.agent.trial;

import io.pgsidecar.agent.ExitCode;
import io.pgsidecar.archive.backup.BackupException;

/** How a trial has ended. */
public sealed interface TrialResult {

    /** What a command exits with. */
    ExitCode exit();

    /** A server came up, and was looked at. */
    record Looked(TrialReport report) implements TrialResult {
        @Override
        public ExitCode exit() {
            return report.damages().isEmpty() ? ExitCode.OK : ExitCode.CORRUPT;
        }
    }

    /** None came up. */
    record Failed(BackupException failure) implements TrialResult {
        @Override
        public ExitCode exit() {
            return ExitCode.of(failure.reason());
        }
    }
}
