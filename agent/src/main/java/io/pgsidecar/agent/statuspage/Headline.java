package io.pgsidecar.agent.statuspage;

import io.pgsidecar.probes.InstanceRole;
import io.pgsidecar.probes.InstanceState;
import java.util.List;

/**
 * What somebody who has just been woken up has to see first.
 *
 * @param level of the worst problem
 * @param state what the instance is, and whether clients may come
 * @param problems the worst first
 */
public record Headline(Level level, String state, List<Problem> problems) {

    private static final String WELL = "Nothing needs attention";

    public Headline {
        problems = List.copyOf(problems);
    }

    static Headline of(StatusFacts facts) {
        List<Problem> problems = Problems.of(facts);
        return new Headline(
                problems.isEmpty() ? Level.FINE : problems.getFirst().level(), state(facts), problems);
    }

    /** The first problem, or that there is none. */
    public String gist() {
        return problems.isEmpty() ? WELL : problems.getFirst().text();
    }

    /** All in a line. */
    public String line() {
        String end = gist().endsWith(".") ? "" : ".";
        return state + ". " + gist() + end;
    }

    /** How bad it is in a part of the page. */
    public Level level(Problem.Area area) {
        return problems.stream()
                .filter(problem -> problem.area() == area)
                .map(Problem::level)
                .max(Level::compareTo)
                .orElse(Level.FINE);
    }

    private static String state(StatusFacts facts) {
        InstanceState instance = facts.instance();
        String subject = instance.role() == InstanceRole.UNKNOWN ? "PostgreSQL" : title(instance.role());
        return subject + ", " + (facts.ready() ? "ready" : unready(instance));
    }

    private static String unready(InstanceState instance) {
        return switch (instance.availability()) {
            case ACCEPTING, LOGIN_REFUSED -> "not ready";
            case STARTING -> "starting";
            case STOPPING -> "stopping";
            case FULL -> "no connection left";
            case FAILING -> "failing each login";
            case NO_SERVER -> "not running";
            case NO_ANSWER -> "not answering";
            case UNKNOWN -> "not observed yet";
        };
    }

    static String title(InstanceRole role) {
        return switch (role) {
            case PRIMARY -> "Primary";
            case REPLICA -> "Replica";
            case UNKNOWN -> "Unknown";
        };
    }
}
