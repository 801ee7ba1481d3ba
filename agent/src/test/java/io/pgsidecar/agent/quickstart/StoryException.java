package io.pgsidecar.agent.quickstart;

/** Something in the story is not as it has to be. */
final class StoryException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    StoryException(String reason) {
        super(reason);
    }
}
