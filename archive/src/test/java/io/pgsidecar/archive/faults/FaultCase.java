package io.pgsidecar.archive.faults;

import io.pgsidecar.archive.repository.ObjectStoreException.Reason;
import java.util.List;
import java.util.Set;

/**
 * What a network or a store may do to a request, by name; with what an {@code ObjectStore} may say where it happens at
 * every try.
 */
@SuppressWarnings("ImmutableEnumChecker") // Of the test\'s own; nothing changes them.
public enum FaultCase {
    REFUSES_CONNECTIONS(new Fault.Cut(), Reason.UNAVAILABLE),
    HANGS(new Fault.Hang(), Reason.UNAVAILABLE),
    RESETS_AT_ONCE(new Fault.Reset(), Reason.UNAVAILABLE),
    RESETS_WITHIN_THE_REQUEST(new Fault.ResetInRequest(10_000), Reason.UNAVAILABLE),
    RESETS_WITHIN_THE_ANSWER(new Fault.ResetInAnswer(10_000), Reason.UNAVAILABLE),
    HANGS_WITHIN_THE_ANSWER(new Fault.HangInAnswer(10_000), Reason.UNAVAILABLE),
    TRUNCATES_THE_ANSWER(new Fault.Truncate(10_000), Reason.UNAVAILABLE),
    SHORTENS_THE_ANSWER(new Fault.Shorten(10_000), Reason.UNAVAILABLE, Reason.OTHER),
    CORRUPTS_THE_ANSWER(new Fault.Corrupt(10_000), Reason.UNAVAILABLE, Reason.OTHER),
    CORRUPTS_THE_REQUEST(new Fault.CorruptRequest(10_000), Reason.UNAVAILABLE, Reason.OTHER, Reason.DENIED),
    LOSES_THE_ANSWER(new Fault.LoseAnswer(), Reason.UNAVAILABLE),
    BAD_REQUEST_400(Fault.answer(400, "InvalidRequest", "InvalidHeaderValue"), Reason.OTHER, Reason.UNAVAILABLE),
    ACCESS_DENIED_403(Fault.answer(403, "AccessDenied", "AuthorizationFailure"), Reason.DENIED),
    NO_SUCH_BUCKET_404(
            Fault.answer(404, "NoSuchBucket", "ContainerNotFound"), Reason.UNAVAILABLE, Reason.OTHER, Reason.DENIED),
    PAGE_404(Fault.page(404), Reason.UNAVAILABLE, Reason.OTHER),
    PAGE_200(Fault.page(200), Reason.UNAVAILABLE, Reason.OTHER),
    CONFLICT_409(Fault.answer(409, "OperationAborted", "SystemInUse"), Reason.UNAVAILABLE, Reason.OTHER),
    PRECONDITION_FAILED_412(
            Fault.answer(412, "PreconditionFailed", "ConditionNotMet"),
            Reason.UNAVAILABLE,
            Reason.OTHER,
            Reason.EXISTS),
    TOO_MANY_REQUESTS_429(Fault.tooManyRequests(1), Reason.UNAVAILABLE),
    INTERNAL_ERROR_500(Fault.answer(500, "InternalError"), Reason.UNAVAILABLE),
    SLOW_DOWN_503(Fault.slowDown(), Reason.UNAVAILABLE);

    private final Fault fault;
    private final Set<Reason> reasons;

    FaultCase(Fault fault, Reason... reasons) {
        this.fault = fault;
        this.reasons = Set.of(reasons);
    }

    /** Every case for one kind of store, and for the others with {@code mvn verify -Plong}; otherwise the worst ones. */
    public static List<FaultCase> of(ProxiedStore.Kind kind) {
        return kind == ProxiedStore.Kind.S3MOCK || Boolean.getBoolean("pgsidecar.long")
                ? List.of(values())
                : List.of(
                        REFUSES_CONNECTIONS,
                        HANGS,
                        RESETS_WITHIN_THE_REQUEST,
                        RESETS_WITHIN_THE_ANSWER,
                        TRUNCATES_THE_ANSWER,
                        CORRUPTS_THE_ANSWER,
                        CORRUPTS_THE_REQUEST,
                        LOSES_THE_ANSWER,
                        ACCESS_DENIED_403,
                        NO_SUCH_BUCKET_404,
                        PAGE_404,
                        PRECONDITION_FAILED_412,
                        SLOW_DOWN_503);
    }

    public Fault fault() {
        return fault;
    }

    /** One of these is what a store's client says at last. */
    public Set<Reason> reasons() {
        return reasons;
    }

    /** Whether the next try may well succeed, so that one such fault is not to be noticed. */
    public boolean passes() {
        return reasons.equals(Set.of(Reason.UNAVAILABLE));
    }

    /** Whether a client has to give up by itself. */
    public boolean isSilent() {
        return fault instanceof Fault.Hang || fault instanceof Fault.HangInAnswer;
    }

    /** Whether the store may have done what it was asked all the same. */
    public boolean mayBeDone() {
        return fault instanceof Fault.LoseAnswer
                || fault instanceof Fault.ResetInAnswer
                || fault instanceof Fault.HangInAnswer
                || fault instanceof Fault.Truncate
                || fault instanceof Fault.Shorten
                || fault instanceof Fault.Corrupt;
    }
}
