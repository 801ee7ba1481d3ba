package io.pgsidecar.agent.config;

import java.util.regex.Pattern;

/** The name of a cluster inside a repository: exactly one folder, on every kind of store. */
public record ServerName(String value) {

    // No separators, and nothing that a shell, an URL or a file system would read in a way of its own.
    private static final Pattern ONE_KEY_PART = Pattern.compile("(?!\\.{1,2}$)[A-Za-z0-9._-]{1,255}");

    /** @throws IllegalArgumentException if it is no such name */
    public ServerName {
        if (!ONE_KEY_PART.matcher(value).matches()) {
            throw new IllegalArgumentException("no server name: \"" + value + "\"");
        }
    }

    @Override
    public String toString() {
        return value;
    }
}
