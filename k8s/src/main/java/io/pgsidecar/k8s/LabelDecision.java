package io.pgsidecar.k8s;

import io.pgsidecar.k8s.Observation.Role;
import io.pgsidecar.k8s.RoleLabel.Wanted;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Which label the own pod is to have, and whether clients are to be kept away from an instance that would take them.
 * Pure: a function of what was observed and of what the API showed.
 *
 * <p>What may be labelled primary is decided in an order that needs no lease. First the pod's annotations say that it is
 * a primary, and on which timeline (see {@link Claim}); only when a LIST that was made after that shows no reason against
 * it, the label follows. Writes and lists are linearizable, so of two that claim at once at least one sees the other,
 * and both judge by the same rule: the later timeline; on the same one who has the label already, else the pod whose
 * name is first.
 *
 * @param heldBack it is a primary, and another one has the better right: no client may come, by whatever way
 * @param splitBrain there are two primaries that the set can know of
 * @param reason one line for a person
 */
record LabelDecision(Wanted label, boolean heldBack, boolean splitBrain, String reason) {

    /**
     * All that is known.
     *
     * @param own as the API shows it
     * @param others the other pods of the set; empty if they could not be listed
     * @param draining the pod is to have no clients
     * @param unknownAfter for how long a label outlives the last certain observation
     */
    record Situation(
            Observation now,
            Pod own,
            Optional<List<Pod>> others,
            boolean draining,
            RoleLabel key,
            Duration unknownAfter) {

        private Wanted shown() {
            return key.of(own).orElse(Wanted.NONE);
        }

        private boolean labelled(Pod pod) {
            return key.of(pod).filter(label -> label == Wanted.PRIMARY).isPresent();
        }

        /** Ours, or where the server does not tell it now, what this pod has told while it had the same role. */
        private long timeline() {
            Claim told = Claim.of(own);
            return now.timeline() == 0 && told.primary() ? told.timeline() : now.timeline();
        }

        /** Ours, or what this pod has told, like the timeline. */
        private String systemIdentifier() {
            return now.systemIdentifier().isEmpty() ? Claim.of(own).systemIdentifier() : now.systemIdentifier();
        }

        /** Whether the API shows already what we are: others can have seen it. */
        private boolean published() {
            Claim told = Claim.of(own);
            return told.primary()
                    && told.timeline() == timeline()
                    && told.systemIdentifier().equals(systemIdentifier());
        }
    }

    static LabelDecision of(Situation s) {
        Observation now = s.now();
        if (s.draining()) {
            return none("draining");
        }
        return switch (now.server()) {
            case SERVING -> serving(s);
            case STOPPING -> none("PostgreSQL stops, or has stopped");
            case NOT_LOOKED_AT -> keep(s, "PostgreSQL was not looked at yet");
            case DOWN ->
                // What an agent before this one has seen says nothing of a server that is not there.
                now.role() == Role.UNKNOWN ? none("PostgreSQL is not up") : outlive(s, "PostgreSQL is not up");
            case SILENT -> outlive(s, "PostgreSQL's role cannot be told");
        };
    }

    private static LabelDecision serving(Situation s) {
        return switch (s.now().role()) {
            case PRIMARY -> claim(s);
            case REPLICA -> new LabelDecision(Wanted.REPLICA, false, false, "a replica");
            case UNKNOWN -> outlive(s, "PostgreSQL's role cannot be told");
        };
    }

    private static LabelDecision outlive(Situation s, String why) {
        boolean tooLong = s.now().age().compareTo(s.unknownAfter()) > 0;
        return tooLong
                ? none("%s, for more than %d s".formatted(why, s.unknownAfter().toSeconds()))
                : keep(s, why);
    }

    /** The label stays if it is that of the role that was known last; one that is not there is not given. */
    private static LabelDecision keep(Situation s, String why) {
        boolean right = switch (s.now().role()) {
            case PRIMARY -> s.shown() == Wanted.PRIMARY;
            case REPLICA -> s.shown() == Wanted.REPLICA;
            case UNKNOWN -> true;
        };
        if (!right) {
            return none(why);
        }
        if (s.shown() == Wanted.PRIMARY && s.others().isPresent()) {
            Optional<LabelDecision> against = against(s, s.others().get());
            if (against.isPresent()) {
                return against.get();
            }
        }
        return new LabelDecision(s.shown(), false, false, why);
    }

    private static LabelDecision claim(Situation s) {
        boolean labelled = s.shown() == Wanted.PRIMARY;
        if (s.others().isEmpty()) {
            // Who cannot see the others cannot know whether one of them was promoted. What the pod has it keeps: to
            // take
            // it away because the API is in trouble would be an outage made by us. It gets nothing new.
            return labelled && s.published()
                    ? new LabelDecision(Wanted.PRIMARY, false, false, "a primary; the other pods cannot be seen")
                    : none("a primary that cannot see the other pods does not claim the label");
        }
        List<Pod> others = s.others().get();
        Optional<LabelDecision> against = against(s, others);
        if (against.isPresent()) {
            return against.get();
        }
        if (!s.published()) {
            return labelled
                    ? new LabelDecision(Wanted.PRIMARY, false, false, "a primary, that says so first")
                    : none("a primary, that says so before it claims the label");
        }
        if (s.timeline() == 0 && !labelled && others.stream().anyMatch(LabelDecision::knownTo)) {
            return none("a primary whose timeline is not known does not claim the label beside other pods");
        }
        Optional<Pod> second = others.stream().filter(pod -> rivals(s, pod)).findFirst();
        return second.map(pod -> new LabelDecision(
                        Wanted.PRIMARY, false, true, "the primary; but " + pod.name() + " says that it is one too"))
                .orElseGet(() -> new LabelDecision(Wanted.PRIMARY, false, false, "the primary"));
    }

    private static boolean knownTo(Pod pod) {
        Claim claim = Claim.of(pod);
        return claim.timeline() > 0 || claim.primary();
    }

    /** A second primary that clients can reach, while this one has or gets the label. */
    private static boolean rivals(Situation s, Pod pod) {
        return (s.labelled(pod) || Claim.of(pod).primary()) && pod.serving();
    }

    /** The first reason against the label, if there is one. */
    private static Optional<LabelDecision> against(Situation s, List<Pod> others) {
        Map<Boolean, List<Pod>> byCluster = others.stream()
                .collect(Collectors.partitioningBy(pod -> Claim.of(pod).otherSystemThan(s.systemIdentifier())));
        return byCluster.getOrDefault(false, List.of()).stream()
                .flatMap(pod -> sameCluster(s, pod).stream())
                .findFirst()
                .or(() -> otherCluster(s, byCluster.getOrDefault(true, List.of()), others))
                .map(LabelDecision::heldBack);
    }

    private static Optional<String> sameCluster(Situation s, Pod pod) {
        Claim claim = Claim.of(pod);
        boolean shown = s.shown() == Wanted.PRIMARY;
        boolean labelled = s.labelled(pod);
        long mine = s.timeline();
        long its = claim.timeline();
        if (mine > 0 && its > mine) {
            boolean primary = labelled || claim.primary();
            if (!primary && shown) {
                // A replica that follows a timeline of somewhere else must not take a primary out of service.
                return Optional.empty();
            }
            boolean reachable = labelled && pod.serving();
            return !reachable && its <= Claim.abandoned(s.own())
                    ? Optional.empty()
                    : Optional.of("%s %s on timeline %d, and this instance is on the older %d"
                            .formatted(pod.name(), primary ? "is a primary" : "is a replica", its, mine));
        }
        if (labelled && mine > 0 && its == mine) {
            boolean yields = pod.ended() || (shown && first(s, pod));
            return yields
                    ? Optional.empty()
                    : Optional.of("%s is labelled primary, on the same timeline %d".formatted(pod.name(), mine));
        }
        if (labelled && (mine == 0 || its == 0)) {
            return shown || !pod.serving()
                    ? Optional.empty()
                    : Optional.of(
                            "%s is labelled primary, and it cannot be told which one is newer".formatted(pod.name()));
        }
        if (claim.primary() && !labelled && !shown && its == mine && pod.serving() && !first(s, pod)) {
            return Optional.of("%s is a primary on the same timeline %d".formatted(pod.name(), mine));
        }
        return Optional.empty();
    }

    /** Timelines of two clusters cannot be compared: what the set has more of is taken for the right one. */
    private static Optional<String> otherCluster(Situation s, List<Pod> foreign, List<Pod> others) {
        if (foreign.isEmpty()) {
            return Optional.empty();
        }
        boolean shown = s.shown() == Wanted.PRIMARY;
        String mine = s.systemIdentifier();
        long same = 1
                + others.stream()
                        .filter(pod -> Claim.of(pod).systemIdentifier().equals(mine))
                        .count();
        for (Pod pod : foreign) {
            String its = Claim.of(pod).systemIdentifier();
            long count = others.stream()
                    .filter(other -> Claim.of(other).systemIdentifier().equals(its))
                    .count();
            boolean labelled = s.labelled(pod) && !pod.ended();
            boolean more = same > count || (same == count && shown && labelled && first(s, pod));
            if (labelled ? !(shown && more) : !shown && !more) {
                return Optional.of("%s %s another cluster: its system identifier is %s, this instance's %s"
                        .formatted(pod.name(), labelled ? "is labelled primary, of" : "holds", its, mine));
            }
        }
        return Optional.empty();
    }

    /** The same at both pods. By length first, so that postgres-2 comes before postgres-10. */
    private static boolean first(Situation s, Pod pod) {
        String own = s.own().name();
        int byLength = Integer.compare(own.length(), pod.name().length());
        return byLength != 0 ? byLength < 0 : own.compareTo(pod.name()) < 0;
    }

    private static LabelDecision none(String reason) {
        return new LabelDecision(Wanted.NONE, false, false, reason);
    }

    private static LabelDecision heldBack(String reason) {
        return new LabelDecision(Wanted.NONE, true, true, reason);
    }
}
