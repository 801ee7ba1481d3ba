package io.pgsidecar.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.k8s.Observation.Role;
import io.pgsidecar.k8s.Observation.Server;
import io.pgsidecar.k8s.RoleLabel.Wanted;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The table of labels: what was observed and what the API shows, and what is to follow from it. */
class LabelDecisionTest {

    private static final RoleLabel KEY = new RoleLabel("role", "primary", "replica");
    private static final Duration BOUND = Duration.ofSeconds(30);
    private static final String SYSTEM = "7001";
    private static final String OTHER_SYSTEM = "9009";

    /** How it is to end. */
    enum End {
        PRIMARY,
        /** And somebody else says that it is one too. */
        PRIMARY_BESIDE_ANOTHER,
        REPLICA,
        NONE,
        /** No label and no clients. */
        HELD_BACK
    }

    record Case(String name, LabelDecision.Situation situation, End end) {
        @Override
        public String toString() {
            return name;
        }
    }

    /** A pod under construction. */
    private record P(
            String name,
            Map<String, String> labels,
            Map<String, String> annotations,
            String phase,
            boolean ready,
            boolean deleting) {

        static P named(String name) {
            return new P(name, Map.of(), Map.of(), "Running", true, false);
        }

        P label(String value) {
            return new P(name, Map.of("role", value), annotations, phase, ready, deleting);
        }

        P says(String role, long timeline) {
            return says(role, timeline, SYSTEM);
        }

        P says(String role, long timeline, String system) {
            Map<String, String> said = new HashMap<>(annotations);
            said.put(Claim.ROLE, role);
            said.put(Claim.SYSTEM_IDENTIFIER, system);
            if (timeline > 0) {
                said.put(Claim.TIMELINE, Long.toString(timeline));
            }
            return new P(name, labels, said, phase, ready, deleting);
        }

        P abandons(long timeline) {
            Map<String, String> said = new HashMap<>(annotations);
            said.put(Claim.ABANDONED, Long.toString(timeline));
            return new P(name, labels, said, phase, ready, deleting);
        }

        P unready() {
            return new P(name, labels, annotations, phase, false, deleting);
        }

        P terminating() {
            return new P(name, labels, annotations, phase, ready, true);
        }

        P phase(String other) {
            return new P(name, labels, annotations, other, false, deleting);
        }

        Pod pod() {
            return new Pod(name, "uid-" + name, "1", labels, annotations, Optional.of("set"), phase, ready, deleting);
        }
    }

    private static Observation primary(long timeline) {
        return new Observation(Role.PRIMARY, Server.SERVING, Duration.ZERO, timeline, SYSTEM, "0/3000000");
    }

    private static Observation replica(long timeline) {
        return new Observation(Role.REPLICA, Server.SERVING, Duration.ZERO, timeline, SYSTEM, "0/3000000");
    }

    private static Observation was(Role role, Server server, int secondsAgo) {
        return new Observation(role, server, Duration.ofSeconds(secondsAgo), 5, SYSTEM, "");
    }

    private static P own() {
        return P.named("pg-1");
    }

    /** Its pod says already what it is. */
    private static P said(long timeline) {
        return own().says("primary", timeline);
    }

    private static P pg0() {
        return P.named("pg-0");
    }

    private static P pg2() {
        return P.named("pg-2");
    }

    private static Case c(String name, Observation now, P own, End end, P... others) {
        return new Case(
                name,
                new LabelDecision.Situation(
                        now,
                        own.pod(),
                        Optional.of(Stream.of(others).map(P::pod).toList()),
                        false,
                        KEY,
                        BOUND),
                end);
    }

    private static Case blind(String name, Observation now, P own, End end) {
        return new Case(name, new LabelDecision.Situation(now, own.pod(), Optional.empty(), false, KEY, BOUND), end);
    }

    private static Case draining(String name, Observation now, P own, End end, P... others) {
        Case like = c(name, now, own, end, others);
        LabelDecision.Situation s = like.situation();
        return new Case(name, new LabelDecision.Situation(s.now(), s.own(), s.others(), true, KEY, BOUND), end);
    }

    static Stream<Case> cases() {
        List<Case> cases = new ArrayList<>();
        cases.addAll(List.of(
                c("a replica", replica(5), own(), End.REPLICA),
                c(
                        "a replica beside a primary",
                        replica(5),
                        own(),
                        End.REPLICA,
                        pg0().label("primary").says("primary", 5)),
                c(
                        "a replica that was labelled primary",
                        replica(6),
                        own().label("primary").says("primary", 5),
                        End.REPLICA),
                blind("a replica needs nobody else", replica(5), own(), End.REPLICA),
                c("a primary says so first", primary(5), own(), End.NONE),
                c(
                        "a promoted replica says so first",
                        primary(6),
                        own().label("replica").says("replica", 5),
                        End.NONE),
                c("then it has the label", primary(6), own().says("primary", 6), End.PRIMARY),
                c("a primary whose pod says an older timeline says the new one first", primary(6), said(5), End.NONE),
                c("a labelled one keeps the label meanwhile", primary(6), said(5).label("primary"), End.PRIMARY),
                c("alone", primary(1), said(1), End.PRIMARY),
                c(
                        "with its replicas",
                        primary(6),
                        said(6),
                        End.PRIMARY,
                        pg0().label("replica").says("replica", 6),
                        pg2().label("replica").says("replica", 6)),
                c(
                        "with a replica that lags a timeline",
                        primary(6),
                        said(6),
                        End.PRIMARY,
                        pg0().label("replica").says("replica", 5)),
                c("with pods that say nothing", primary(6), said(6), End.PRIMARY, pg0(), pg2()),
                c("with a pod whose label has another value", primary(6), said(6), End.PRIMARY, pg0().label("standby")),
                c("the own label has another value", primary(6), said(6).label("leader"), End.PRIMARY)));
        cases.addAll(List.of(
                c(
                        "an old primary has come back",
                        primary(5),
                        said(5),
                        End.HELD_BACK,
                        pg2().label("primary").says("primary", 6)),
                c(
                        "an old primary has come back, with its label",
                        primary(5),
                        said(5).label("primary"),
                        End.HELD_BACK,
                        pg2().label("primary").says("primary", 6)),
                c(
                        "an old primary that has not said so yet",
                        primary(5),
                        own(),
                        End.HELD_BACK,
                        pg2().label("primary").says("primary", 6)),
                c(
                        "the newer one has no label yet",
                        primary(5),
                        said(5).label("primary"),
                        End.HELD_BACK,
                        pg2().says("primary", 6)),
                c(
                        "the newer one is not ready",
                        primary(5),
                        said(5),
                        End.HELD_BACK,
                        pg2().label("primary").says("primary", 6).unready()),
                c(
                        "the newer one is being deleted",
                        primary(5),
                        said(5),
                        End.HELD_BACK,
                        pg2().label("primary").says("primary", 6).terminating()),
                c(
                        "the newer one has failed",
                        primary(5),
                        said(5),
                        End.HELD_BACK,
                        pg2().label("primary").says("primary", 6).phase("Failed")),
                c(
                        "the newer one's node is away",
                        primary(5),
                        said(5),
                        End.HELD_BACK,
                        pg2().label("primary").says("primary", 6).phase("Unknown")),
                c(
                        "only a replica is left of the newer timeline",
                        primary(5),
                        said(5),
                        End.HELD_BACK,
                        pg0().label("replica").says("replica", 6)),
                c(
                        "a replica on a timeline of elsewhere takes no label away",
                        primary(5),
                        said(5).label("primary"),
                        End.PRIMARY,
                        pg0().label("replica").says("replica", 9)),
                c("given up by a person", primary(5), said(5).abandons(6), End.PRIMARY, pg0().says("replica", 6)),
                c(
                        "a later one was not given up",
                        primary(5),
                        said(5).abandons(6),
                        End.HELD_BACK,
                        pg0().says("replica", 7)),
                c(
                        "what has clients is not given up",
                        primary(5),
                        said(5).abandons(6),
                        End.HELD_BACK,
                        pg0().label("primary").says("primary", 6)),
                c(
                        "the old primary still has its label",
                        primary(6),
                        said(6),
                        End.PRIMARY_BESIDE_ANOTHER,
                        pg0().label("primary").says("primary", 5)),
                c(
                        "the old primary is labelled and away",
                        primary(6),
                        said(6),
                        End.PRIMARY,
                        pg0().label("primary").says("primary", 5).unready()),
                c(
                        "the old primary is labelled and being deleted",
                        primary(6),
                        said(6),
                        End.PRIMARY,
                        pg0().label("primary").says("primary", 5).terminating()),
                c(
                        "the old primary came back and gave way, not ready",
                        primary(6),
                        said(6).label("primary"),
                        End.PRIMARY,
                        pg0().says("primary", 5).unready()),
                c(
                        "the old primary came back and is ready",
                        primary(6),
                        said(6).label("primary"),
                        End.PRIMARY_BESIDE_ANOTHER,
                        pg0().says("primary", 5))));
        cases.addAll(List.of(
                c(
                        "the same timeline twice, the other one labelled",
                        primary(6),
                        said(6),
                        End.HELD_BACK,
                        pg2().label("primary").says("primary", 6)),
                c(
                        "the same, and it is not ready",
                        primary(6),
                        said(6),
                        End.HELD_BACK,
                        pg2().label("primary").says("primary", 6).unready()),
                c(
                        "the same, and it has ended",
                        primary(6),
                        said(6),
                        End.PRIMARY,
                        pg2().label("primary").says("primary", 6).phase("Failed")),
                c(
                        "both labelled, this one is first",
                        primary(6),
                        said(6).label("primary"),
                        End.PRIMARY_BESIDE_ANOTHER,
                        pg2().label("primary").says("primary", 6)),
                c(
                        "both labelled, the other one is first",
                        primary(6),
                        said(6).label("primary"),
                        End.HELD_BACK,
                        pg0().label("primary").says("primary", 6)),
                c(
                        "both claim, this one is first",
                        primary(6),
                        said(6),
                        End.PRIMARY_BESIDE_ANOTHER,
                        pg2().says("primary", 6)),
                c("both claim, the other one is first", primary(6), said(6), End.HELD_BACK, pg0().says("primary", 6)),
                c(
                        "both claim, the first one is away",
                        primary(6),
                        said(6),
                        End.PRIMARY,
                        pg0().says("primary", 6).unready()),
                c(
                        "this one is labelled, one that is first claims",
                        primary(6),
                        said(6).label("primary"),
                        End.PRIMARY_BESIDE_ANOTHER,
                        pg0().says("primary", 6)),
                c(
                        "pg-1 is before pg-10",
                        primary(6),
                        said(6),
                        End.PRIMARY_BESIDE_ANOTHER,
                        P.named("pg-10").says("primary", 6)),
                c("a label of nobody's, ready", primary(6), said(6), End.HELD_BACK, pg0().label("primary")),
                c(
                        "a label of nobody's, not ready",
                        primary(6),
                        said(6),
                        End.PRIMARY,
                        pg0().label("primary").unready()),
                c(
                        "a label of nobody's beside the own one",
                        primary(6),
                        said(6).label("primary"),
                        End.PRIMARY_BESIDE_ANOTHER,
                        pg0().label("primary"))));
        cases.addAll(List.of(
                c(
                        "another cluster is labelled",
                        primary(1),
                        said(1),
                        End.HELD_BACK,
                        pg0().label("primary").says("primary", 6, OTHER_SYSTEM)),
                c(
                        "a new and empty cluster beside two replicas",
                        primary(1),
                        said(1),
                        End.HELD_BACK,
                        pg0().says("replica", 6, OTHER_SYSTEM),
                        pg2().says("replica", 6, OTHER_SYSTEM)),
                c(
                        "one against one: a person must say",
                        primary(1),
                        said(1),
                        End.HELD_BACK,
                        pg0().says("replica", 6, OTHER_SYSTEM)),
                c(
                        "a stray pod beside a cluster of two",
                        primary(6),
                        said(6),
                        End.PRIMARY,
                        pg0().says("primary", 1, OTHER_SYSTEM).unready(),
                        pg2().says("replica", 6)),
                c(
                        "a stray pod does not take a label away",
                        primary(6),
                        said(6).label("primary"),
                        End.PRIMARY_BESIDE_ANOTHER,
                        pg0().says("primary", 9, OTHER_SYSTEM)),
                c(
                        "two clusters labelled, this one has more pods",
                        primary(6),
                        said(6).label("primary"),
                        End.PRIMARY_BESIDE_ANOTHER,
                        pg0().label("primary").says("primary", 1, OTHER_SYSTEM),
                        pg2().says("replica", 6)),
                c(
                        "two clusters labelled, this one has fewer",
                        primary(1),
                        said(1).label("primary"),
                        End.HELD_BACK,
                        pg0().label("primary").says("primary", 6, OTHER_SYSTEM),
                        pg2().says("replica", 6, OTHER_SYSTEM)),
                c(
                        "two clusters labelled, one against one, this one is first",
                        primary(6),
                        said(6).label("primary"),
                        End.PRIMARY_BESIDE_ANOTHER,
                        pg2().label("primary").says("primary", 1, OTHER_SYSTEM)),
                c(
                        "two clusters labelled, one against one, the other one is first",
                        primary(6),
                        said(6).label("primary"),
                        End.HELD_BACK,
                        pg0().label("primary").says("primary", 1, OTHER_SYSTEM))));
        cases.addAll(List.of(
                blind("a primary that cannot see the others gets no label", primary(6), said(6), End.NONE),
                blind("and keeps the one it has", primary(6), said(6).label("primary"), End.PRIMARY),
                blind("not if it was that of another timeline", primary(6), said(5).label("primary"), End.NONE),
                blind(
                        "a promoted replica that cannot see the others loses the replica's",
                        primary(6),
                        own().label("replica").says("replica", 5),
                        End.NONE),
                c("a timeline that is not known, alone", primary(0), said(0), End.PRIMARY),
                c(
                        "a timeline that is not known beside others",
                        primary(0),
                        said(0),
                        End.NONE,
                        pg0().says("replica", 6)),
                c(
                        "a timeline that is not known, and what the pod has said before",
                        primary(0),
                        said(6),
                        End.PRIMARY,
                        pg0().says("replica", 6)),
                c(
                        "a timeline that is not known, labelled",
                        primary(0),
                        said(6).label("primary"),
                        End.PRIMARY,
                        pg0().says("replica", 6)),
                draining("a primary that drains", primary(6), said(6).label("primary"), End.NONE),
                draining("a replica that drains", replica(6), own().label("replica"), End.NONE)));
        for (Server server : List.of(Server.DOWN, Server.SILENT)) {
            cases.addAll(List.of(
                    c(
                            server + ", shorter than the bound",
                            was(Role.PRIMARY, server, 29),
                            said(5).label("primary"),
                            End.PRIMARY),
                    c(
                            server + ", longer than the bound",
                            was(Role.PRIMARY, server, 31),
                            said(5).label("primary"),
                            End.NONE),
                    c(
                            server + ", and another one was promoted",
                            was(Role.PRIMARY, server, 3),
                            said(5).label("primary"),
                            End.HELD_BACK,
                            pg0().label("primary").says("primary", 6)),
                    c(server + ", no label is given", was(Role.PRIMARY, server, 3), said(5), End.NONE),
                    blind(
                            server + ", nobody to be seen",
                            was(Role.PRIMARY, server, 3),
                            said(5).label("primary"),
                            End.PRIMARY),
                    c(
                            server + ", a replica",
                            was(Role.REPLICA, server, 29),
                            own().label("replica").says("replica", 5),
                            End.REPLICA),
                    c(
                            server + ", a replica, longer than the bound",
                            was(Role.REPLICA, server, 31),
                            own().label("replica").says("replica", 5),
                            End.NONE),
                    c(
                            server + ", a replica with the label of a primary",
                            was(Role.REPLICA, server, 3),
                            own().label("primary"),
                            End.NONE)));
        }
        cases.addAll(List.of(
                c("stopping", was(Role.PRIMARY, Server.STOPPING, 0), said(5).label("primary"), End.NONE),
                c("stopping, a replica", was(Role.REPLICA, Server.STOPPING, 0), own().label("replica"), End.NONE),
                c(
                        "the agent has just started, and PostgreSQL is down: an old label",
                        was(Role.UNKNOWN, Server.DOWN, 0),
                        said(5).label("primary"),
                        End.NONE),
                c(
                        "the agent has just started, and PostgreSQL hangs",
                        was(Role.UNKNOWN, Server.SILENT, 3),
                        said(5).label("primary"),
                        End.PRIMARY),
                c("the same for longer", was(Role.UNKNOWN, Server.SILENT, 31), said(5).label("primary"), End.NONE),
                c(
                        "the same, and another one was promoted",
                        was(Role.UNKNOWN, Server.SILENT, 3),
                        said(5).label("primary"),
                        End.HELD_BACK,
                        pg0().label("primary").says("primary", 6)),
                c("nobody has looked yet", Observation.none(), said(5).label("primary"), End.PRIMARY),
                c("nobody has looked yet, a replica", Observation.none(), own().label("replica"), End.REPLICA),
                c("nobody has looked yet, no label", Observation.none(), own(), End.NONE)));
        // An agent that cannot log in knows from postmaster.pid that it is a primary, and no more.
        Observation mute = new Observation(Role.PRIMARY, Server.SERVING, Duration.ZERO, 0, "", "");
        cases.addAll(List.of(
                c("nothing but the role is known, labelled", mute, said(6).label("primary"), End.PRIMARY),
                c("nothing but the role is known, and the pod has said the rest", mute, said(6), End.PRIMARY),
                c("nothing but the role is known, alone", mute, own().says("primary", 0, ""), End.PRIMARY),
                c(
                        "nothing but the role is known, and another one was promoted",
                        mute,
                        said(5).label("primary"),
                        End.HELD_BACK,
                        pg2().label("primary").says("primary", 6)),
                c(
                        "nothing but the role is known, and the other one is of another cluster",
                        mute,
                        said(5),
                        End.HELD_BACK,
                        pg2().label("primary").says("primary", 6, OTHER_SYSTEM))));
        return cases.stream();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void whichLabelAndWhoIsHeldBack(Case c) {
        LabelDecision decision = LabelDecision.of(c.situation());
        End end = decision.heldBack()
                ? End.HELD_BACK
                : switch (decision.label()) {
                    case PRIMARY -> decision.splitBrain() ? End.PRIMARY_BESIDE_ANOTHER : End.PRIMARY;
                    case REPLICA -> End.REPLICA;
                    case NONE -> End.NONE;
                };
        assertThat(end).as(decision.reason()).isEqualTo(c.end());
        assertThat(decision.heldBack() && decision.label() != Wanted.NONE)
                .as("held back means no label")
                .isFalse();
        assertThat(decision.reason()).isNotBlank();
    }

    /** Whatever two primaries of one cluster look like to each other: never do both have the label after both have looked. */
    @ParameterizedTest
    @MethodSource("pairs")
    void neverBoth(Pair pair) {
        LabelDecision a = decide(pair.a(), pair.timelineA(), pair.b());
        LabelDecision b = decide(pair.b(), pair.timelineB(), pair.a());
        assertThat(a.label() == Wanted.PRIMARY && b.label() == Wanted.PRIMARY)
                .as("%s and %s", a, b)
                .isFalse();
    }

    record Pair(P a, long timelineA, P b, long timelineB) {}

    /** Both have said what they are, as one has before it claims. */
    static Stream<Pair> pairs() {
        List<Pair> pairs = new ArrayList<>();
        for (long timelineB : new long[] {5, 6}) {
            for (boolean labelledA : new boolean[] {true, false}) {
                for (boolean labelledB : new boolean[] {true, false}) {
                    for (boolean readyB : new boolean[] {true, false}) {
                        for (String systemB : List.of(SYSTEM, OTHER_SYSTEM)) {
                            P a = pg0().says("primary", 5);
                            P b = own().says("primary", timelineB, systemB);
                            // One that claims on the same timeline and is not ready does not count. Should it get the
                            // label after
                            // all, both are labelled, and the next look of either decides.
                            if (readyB || labelledB || timelineB > 5 || !systemB.equals(SYSTEM)) {
                                pairs.add(new Pair(
                                        labelledA ? a.label("primary") : a,
                                        5,
                                        readyB
                                                ? (labelledB ? b.label("primary") : b)
                                                : (labelledB ? b.label("primary") : b).unready(),
                                        timelineB));
                            }
                        }
                    }
                }
            }
        }
        return pairs.stream();
    }

    private static LabelDecision decide(P own, long timeline, P other) {
        Observation now = new Observation(
                Role.PRIMARY,
                Server.SERVING,
                Duration.ZERO,
                timeline,
                own.annotations().getOrDefault(Claim.SYSTEM_IDENTIFIER, ""),
                "");
        return LabelDecision.of(
                new LabelDecision.Situation(now, own.pod(), Optional.of(List.of(other.pod())), false, KEY, BOUND));
    }
}
