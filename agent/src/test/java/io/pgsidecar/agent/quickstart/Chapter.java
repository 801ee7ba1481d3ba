package io.pgsidecar.agent.quickstart;

/** A part of the story: does something on the stage, tells it, and proves what it says. */
interface Chapter {

    String title();

    /**
     * Tells the chapter.
     *
     * @throws Exception if anything is not as it has to be; the message is the reason
     */
    void tell(Stage stage) throws Exception;
}
