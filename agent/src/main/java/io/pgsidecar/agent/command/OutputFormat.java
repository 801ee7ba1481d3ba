package io.pgsidecar.agent.command;

import picocli.CommandLine.Option;

/** The option of every command that prints what it found: for people or for programs. */
final class OutputFormat {

    enum Format {
        TABLE,
        JSON
    }

    @Option(names = "--output", paramLabel = "FORMAT", description = "table (default) or json.")
    private Format format = Format.TABLE;

    Format format() {
        return format;
    }
}
