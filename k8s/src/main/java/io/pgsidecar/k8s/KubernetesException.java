package io.pgsidecar.k8s;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/**
 * A request that the API did not grant, in Kubernetes' terms. The message names the request and what the server said;
 * it holds no token.
 */
public final class KubernetesException extends IOException {

    private static final long serialVersionUID = 1;

    /** What it means for who asked. */
    public enum Kind {
        /** 401: the token is expired, or of a pod that is gone. It is read again at each try. */
        UNAUTHORIZED,
        /** 403: a rule is missing in the Role. */
        FORBIDDEN,
        /** 404: there is no such object. */
        NOT_FOUND,
        /** 409: somebody changed the object since it was read: read it again. */
        CONFLICT,
        /** 410: a list's continuation has expired: begin it again. */
        EXPIRED,
        /** 400, 415, 422 and what else a repetition does not mend. */
        INVALID,
        /** 429: later, as the server says. */
        TOO_MANY_REQUESTS,
        /** 5xx: the server, or what stands before it, is in trouble. */
        UNAVAILABLE,
        /** No answer: not connected, not trusted, broken off, or too late. The request may have been carried out. */
        NO_ANSWER,
        /** An answer that is not Kubernetes'. */
        NOT_UNDERSTOOD
    }

    private final Kind kind;
    private final int status;

    @SuppressWarnings("serial") // never serialized
    private final Optional<Duration> retryAfter;

    /**
     * A request that failed.
     *
     * @param status of HTTP; 0 if there was no answer
     * @param retryAfter when the server wants to be asked again
     */
    KubernetesException(Kind kind, int status, String message, Optional<Duration> retryAfter) {
        super(message);
        this.kind = kind;
        this.status = status;
        this.retryAfter = retryAfter;
    }

    KubernetesException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
        this.status = 0;
        this.retryAfter = Optional.empty();
    }

    /** What an HTTP status means. */
    static Kind kind(int status) {
        return switch (status) {
            case 401 -> Kind.UNAUTHORIZED;
            case 403 -> Kind.FORBIDDEN;
            case 404 -> Kind.NOT_FOUND;
            case 409 -> Kind.CONFLICT;
            case 410 -> Kind.EXPIRED;
            case 429 -> Kind.TOO_MANY_REQUESTS;
            default -> {
                if (status >= 500) {
                    yield Kind.UNAVAILABLE;
                }
                yield status >= 400 ? Kind.INVALID : Kind.NOT_UNDERSTOOD;
            }
        };
    }

    public Kind kind() {
        return kind;
    }

    /** The status of HTTP; 0 if there was no answer. */
    public int status() {
        return status;
    }

    /** When the server wants to be asked again. */
    public Optional<Duration> retryAfter() {
        return retryAfter;
    }
}
