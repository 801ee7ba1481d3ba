package io.pgsidecar.agent.shim;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A command line that is not understood. What of it was understood decides the exit code. */
final class UsageException extends Exception {

    private static final long serialVersionUID = 1L;

    private final @Nullable WalVerb verb;
    private final transient List<String> values;

    UsageException(@Nullable WalVerb verb, List<String> values, String message) {
        super(message);
        this.verb = verb;
        this.values = List.copyOf(values);
    }

    @Nullable
    WalVerb verb() {
        return verb;
    }

    /** The arguments after the verb. */
    List<String> values() {
        return values;
    }
}
