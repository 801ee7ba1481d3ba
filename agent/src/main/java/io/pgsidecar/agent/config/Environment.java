package io.pgsidecar.agent.config;

import io.pgsidecar.agent.config.Node.Scalar;
import io.pgsidecar.agent.config.Node.Section;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Reads the variables that begin with {@value #PREFIX}: each is a key, or an error. */
final class Environment {

    static final String PREFIX = "PGSIDECAR_";

    static final String CONFIG_FILE = PREFIX + "CONFIG";

    /** Ours, but no keys: read by {@link ConfigLoader}, by the shim and by the start script. */
    private static final Set<String> NO_KEYS =
            Set.of(CONFIG_FILE, PREFIX + "SOCKET", PREFIX + "JAVA_OPTS", PREFIX + "SHIM");

    /**
     * What Kubernetes puts into every container for a Service whose name begins with "pgsidecar", besides the variables
     * with an address as the value. See "Environment variables" in its documentation of Services.
     */
    private static final Pattern OF_A_SERVICE = Pattern.compile(PREFIX
            + "([A-Z0-9_]+_)?(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT_\\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)");

    private static final Pattern ADDRESS_OF_A_SERVICE = Pattern.compile("(tcp|udp|sctp)://.*");

    private static final Pattern ENTRY = Pattern.compile(PREFIX + "[A-Z]+_([A-Z][A-Z0-9_]*)_[A-Z]+");

    private final List<Key> keys;
    private final List<ConfigError> errors;

    Environment(List<Key> keys, List<ConfigError> errors) {
        this.keys = keys;
        this.errors = errors;
    }

    /** Puts the values of the variables into the tree, over those of the file. */
    void overlay(Section root, Map<String, String> variables) {
        Map<String, String> givenBy = new HashMap<>();
        new TreeMap<>(variables).forEach((variable, text) -> {
            if (!variable.startsWith(PREFIX) || text.isEmpty() || NO_KEYS.contains(variable)) {
                return;
            }
            if (ADDRESS_OF_A_SERVICE.matcher(text).matches()) {
                return;
            }
            List<String> paths =
                    keys.stream().flatMap(key -> path(key, variable).stream()).toList();
            if (paths.isEmpty()) {
                if (!OF_A_SERVICE.matcher(variable).matches()) {
                    errors.add(unknown(variable));
                }
            } else if (paths.size() > 1) {
                errors.add(ConfigError.of(
                        variable, "can mean %s; give it in the file".formatted(String.join(" or ", paths))));
            } else {
                String path = paths.getFirst();
                String earlier = givenBy.putIfAbsent(path, variable);
                if (earlier == null) {
                    root.put(path, new Scalar(text, variable));
                } else {
                    errors.add(ConfigError.of(
                            variable, "%s is given by %s too; leave one of the two out".formatted(path, earlier)));
                }
            }
        });
    }

    /** The path that the variable means if it means this key. A hump may go without its underscore. */
    private static Optional<String> path(Key key, String variable) {
        String pattern = PREFIX
                + key.path()
                        .replaceAll("(?<=[a-z0-9])(?=[A-Z])", "_?")
                        .replace(".", "_")
                        .toUpperCase(Locale.ROOT)
                        .replace("<NAME>", "([A-Z][A-Z0-9_]*)");
        Matcher matcher = Pattern.compile(pattern).matcher(variable);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        return Optional.of(
                matcher.groupCount() == 0 ? key.path() : key.path().replace(Key.ANY_NAME, entryName(matcher.group(1))));
    }

    private static String entryName(String inVariable) {
        return inVariable.toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The value stays out of the message: a misspelled password is still a password. */
    private ConfigError unknown(String variable) {
        return Nearest.to(
                        variable.substring(PREFIX.length()),
                        Stream.concat(keys.stream().map(key -> named(key.variable(), variable)), NO_KEYS.stream()),
                        // A name that is left out is one mistake.
                        known -> Math.min(
                                Nearest.distance(variable, known),
                                1 + Nearest.distance(variable, known.replace("<NAME>_", ""))))
                .map(known -> ConfigError.of(variable, "unknown variable; did you mean %s?".formatted(known)))
                .orElseGet(() -> ConfigError.of(variable, "unknown variable, and no key's is like it"));
    }

    /** The known variable with the entry's name that the unknown one has, if it has one. */
    private static String named(String known, String unknown) {
        Matcher entry = ENTRY.matcher(unknown);
        return entry.matches() ? known.replace("<NAME>", entry.group(1)) : known;
    }
}
