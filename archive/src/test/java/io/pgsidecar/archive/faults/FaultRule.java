package io.pgsidecar.archive.faults;

import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Which requests a fault strikes: those of some kinds whose path fits, but not the first few, and not more than a
 * number of them. It works from {@link #fault} on.
 */
public final class FaultRule {

    private final Set<RequestKind> kinds;
    private final Consumer<FaultRule> enact;
    private Predicate<String> path = target -> true;
    private Fault fault = new Fault.Reset();
    private int spared;
    private int left = Integer.MAX_VALUE;

    FaultRule(Set<RequestKind> kinds, Consumer<FaultRule> enact) {
        this.kinds = kinds;
        this.enact = enact;
    }

    /** Only those whose path and query, as sent, contain a text. */
    public FaultRule path(String part) {
        return path(target -> target.contains(part));
    }

    public FaultRule path(Predicate<String> fits) {
        path = fits;
        return this;
    }

    /** The first so many pass. */
    public FaultRule after(int requests) {
        spared = requests;
        return this;
    }

    /** No more than so many are struck. Otherwise all are. */
    public FaultRule times(int requests) {
        left = requests;
        return this;
    }

    /** What strikes them, from now on. */
    public void fault(Fault what) {
        fault = what;
        enact.accept(this);
    }

    /** Whether this request is struck; called by the proxy under its lock. */
    boolean strikes(RequestKind kind, String target) {
        if (left == 0 || !kinds.contains(kind) || !path.test(target)) {
            return false;
        }
        if (spared > 0) {
            spared--;
            return false;
        }
        left--;
        return true;
    }

    Fault fault() {
        return fault;
    }
}
