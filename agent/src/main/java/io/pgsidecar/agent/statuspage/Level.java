package io.pgsidecar.agent.statuspage;

/** How much something matters. Its word is always shown: a colour alone tells nothing to many people. */
public enum Level {
    /** Nothing is to be done. */
    FINE("fine", "Fine"),
    /** It becomes worse by itself, or somebody did it on purpose and may have forgotten it. */
    WARNING("warning", "Warning"),
    /** Clients are not served, or what is written now may be lost. */
    FAILING("failing", "Failing");

    private final String word;
    private final String title;

    Level(String word, String title) {
        this.word = word;
        this.title = title;
    }

    /** For programs and style sheets. */
    public String word() {
        return word;
    }

    /** For people. */
    public String title() {
        return title;
    }
}
